"""Passes what no function and no file answers to a development server: requests and WebSockets."""
