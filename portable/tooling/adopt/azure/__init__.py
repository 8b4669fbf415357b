"""Azure Functions, the Python programming model v2 -> portable."""
