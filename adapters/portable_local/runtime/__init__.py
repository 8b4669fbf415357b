"""The runtime half of the local adapter."""
