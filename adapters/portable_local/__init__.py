"""The local adapter: runs an app on this machine, with files and SQLite."""
