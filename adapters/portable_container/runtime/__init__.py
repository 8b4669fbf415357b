"""The part of the container adapter that ships."""
