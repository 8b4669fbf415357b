"""Plans the artifact of an app for Azure. Never ships."""
