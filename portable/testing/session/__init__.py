"""The session of an app: its calls, made once, and what brings pending events to them in the world of a test."""
