"""Plans the artifact of an app for this machine. Never ships."""
