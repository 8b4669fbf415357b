"""Compute: declaring functions, binding their parameters, calling them."""
