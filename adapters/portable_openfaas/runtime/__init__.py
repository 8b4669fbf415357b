"""The part of the OpenFaaS adapter that ships."""
