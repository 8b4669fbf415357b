"""Buckets of objects: the declaration, its clients, and the drivers behind them."""
