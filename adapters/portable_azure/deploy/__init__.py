"""The deploy half of the azure adapter."""
