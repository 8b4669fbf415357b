"""The part of the Google Cloud adapter that ships."""
