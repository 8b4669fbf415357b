"""Infrastructure as files: an app's Blueprint and a stage in, Terraform JSON out. Each target writes its own resources."""
