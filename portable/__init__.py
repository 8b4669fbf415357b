"""Portable Functions."""
