"""The world of one test: its clock, its resources in memory, what watches each call, and what is recorded of it."""
