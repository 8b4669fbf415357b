"""OpenFaaS for the test kit."""
