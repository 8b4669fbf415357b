"""The runtime half of the AWS adapter."""
