"""The commands over what an app keeps: one module for each kind of resource. `registry` lists them."""
