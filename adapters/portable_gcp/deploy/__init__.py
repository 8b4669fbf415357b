"""The deploy half of the Google Cloud adapter."""
