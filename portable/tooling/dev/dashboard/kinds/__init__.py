"""How the dashboard shows each kind of resource: one module per kind. `registry` lists them."""
