"""The Terraform resources of an app on Azure, one module for each service."""
