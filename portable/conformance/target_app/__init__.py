"""The app of the target suite: one module per ability. In the app they are top-level modules, not parts of this package."""
