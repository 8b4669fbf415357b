"""The code that runs in the process of the Azure worker, on its own Python. It also does what the .NET host does."""
