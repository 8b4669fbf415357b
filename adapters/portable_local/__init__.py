"""The embedded default: files and SQLite on this machine."""
