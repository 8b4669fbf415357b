"""Plans the artifact of an app for OpenFaaS. Never ships."""
