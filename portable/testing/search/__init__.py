"""The search: a test under many schedules of accidents, the shortest that fails, and how it is told."""
