"""Plans the artifact of an app for IronWorker. Never ships."""
