"""Your own machines: an image on PostgreSQL, NATS JetStream and any S3-compatible store. `runtime` is what ships."""
