"""The app's dependencies: declared requirements in, locked and installed distributions out."""
