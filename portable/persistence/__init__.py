"""Tables: rows under a key. They behave the same in every store."""
