"""Compute: declares functions and calls them."""
