"""What packaging for this machine needs."""
