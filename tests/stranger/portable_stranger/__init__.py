"""A target of somebody else: requests come as lines of JSON."""
