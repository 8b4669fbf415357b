"""Plans the artifact of an app for AWS Lambda. Never ships."""
