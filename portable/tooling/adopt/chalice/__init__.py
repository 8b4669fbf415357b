"""Chalice of AWS -> portable."""
