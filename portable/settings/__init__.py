"""Settings: secrets and settings, declared like any resource and handed to a handler as text."""
