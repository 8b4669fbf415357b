"""The deploy half of the gcp adapter."""
