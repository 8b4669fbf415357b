"""Tables: rows under a key, with the same meaning in every store."""
