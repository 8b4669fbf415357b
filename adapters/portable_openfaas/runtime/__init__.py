"""What ships to OpenFaaS."""
