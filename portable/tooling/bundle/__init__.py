"""The artifact: takes generated and copied files; returns a written folder."""
