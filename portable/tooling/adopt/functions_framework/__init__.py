"""Functions of Google Cloud with functions-framework -> portable."""
