"""The runtime half of the Google Cloud adapter."""
