"""The app's dependencies: takes declared requirements; returns locked and installed distributions."""
