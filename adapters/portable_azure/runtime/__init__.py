"""The runtime half of the azure adapter."""
