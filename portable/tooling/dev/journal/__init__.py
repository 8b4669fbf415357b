"""What was called, when, why and how it ended: a SQLite file that several processes write and read."""
