"""The code that runs in the process of an artifact."""
