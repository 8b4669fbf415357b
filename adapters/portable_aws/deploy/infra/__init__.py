"""The Terraform resources of an app on AWS, one module for each service."""
