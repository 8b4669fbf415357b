"""The session of an app: its calls, made once, and the delivery of pending events to them in the world of a test."""
