"""Transports: the ways from an in-memory cloud to the handlers of its app."""
