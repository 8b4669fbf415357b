"""Runs a test under many schedules of accidents, finds the shortest one that fails, and explains it."""
