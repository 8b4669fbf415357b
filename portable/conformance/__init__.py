"""Suites that decide whether a driver or a target is correct. Every adapter must pass them. Never ships."""
