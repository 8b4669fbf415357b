"""The part of the OpenFaaS adapter that the test kit uses. Never ships."""
