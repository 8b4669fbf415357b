"""An invocation saved as a test of the app, which is run before it is kept."""
