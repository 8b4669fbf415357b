"""The part of the Azure adapter that ships."""
