"""What the test kit knows of each kind of resource and trigger: one module for a kind, `registry` lists them."""
