"""Deploying: the files of an artifact in, a running stage out. An engine (Terraform or OpenTofu) does the work."""
