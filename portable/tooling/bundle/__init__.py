"""The artifact: generated and copied files in, a written folder out."""
