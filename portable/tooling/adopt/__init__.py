"""Reads an app of another framework, never imports it, and writes it as one of portable, with a report of what differs."""
