"""The part of the local adapter that the test kit uses. Never ships."""
