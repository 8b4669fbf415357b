"""The app as declared: a folder in, an `AppModel` out."""
