"""What differs by the kind of trigger when a host of ours calls functions."""
