"""Using an app or an artifact on this machine: loading it as its host does, calling a function."""
