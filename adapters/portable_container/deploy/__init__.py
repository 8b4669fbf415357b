"""The part of the container adapter that plans and writes artifacts."""
