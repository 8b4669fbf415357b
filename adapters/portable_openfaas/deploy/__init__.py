"""The deploy half of the OpenFaaS adapter."""
