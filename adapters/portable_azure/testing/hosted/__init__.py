"""What runs in the process of the Azure worker, on its own Python: the program, and what the .NET host does around it."""
