"""The kinds of resources and triggers: one module per kind. `registry` lists them."""
