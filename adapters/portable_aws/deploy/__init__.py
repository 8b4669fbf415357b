"""The deploy half of the AWS adapter."""
