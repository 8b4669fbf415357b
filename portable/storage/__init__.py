"""Buckets of objects: the declaration, its clients and its drivers."""
