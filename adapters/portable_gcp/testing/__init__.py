"""Takes portable events; returns what Google Cloud sends for them. Never ships."""
