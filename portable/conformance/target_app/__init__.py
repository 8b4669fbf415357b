"""The app that the target suite runs: one module for each ability. They are top-level modules of the app, not of this package."""
