"""Takes portable events; returns what the Azure worker passes to a generated function. Never ships."""
