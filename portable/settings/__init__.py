"""Settings: secrets and settings. They are declared like any resource, and a handler gets them as text."""
