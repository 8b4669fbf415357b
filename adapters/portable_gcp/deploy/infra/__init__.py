"""A Blueprint and a stage in, the Terraform configuration of an app on Google Cloud out. One module for each kind of resource."""
