"""What talks to a stage on your own machines: its logs by kubectl or Docker Compose, and a call of one function by its URL."""
