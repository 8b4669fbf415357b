"""The world of one test: its clock, its resources in memory, the observer of each call, and the recorded calls."""
