"""The commands: takes arguments; returns text or JSON. Only these modules print."""
