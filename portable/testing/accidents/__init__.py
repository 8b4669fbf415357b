"""Accidents: faults that may happen to a delivery in any cloud although no code is wrong."""
