"""Plans the artifact of an app for Google Cloud. Never ships."""
