"""The app as declared: takes a folder; returns an `AppModel`."""
