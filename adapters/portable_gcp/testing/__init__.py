"""Portable events -> what Google Cloud sends for them. Never ships: tests and local replay use it."""
