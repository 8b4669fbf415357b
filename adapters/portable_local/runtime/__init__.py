"""The part of the local adapter that ships."""
