"""The part of the AWS adapter that ships."""
