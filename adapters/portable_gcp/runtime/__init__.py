"""The runtime half of the gcp adapter."""
