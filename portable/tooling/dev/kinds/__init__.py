"""What differs by the kind of resource."""
