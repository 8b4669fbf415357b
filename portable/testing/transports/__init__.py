"""Transports: they pass requests and events from an in-memory cloud to the handlers of its app."""
