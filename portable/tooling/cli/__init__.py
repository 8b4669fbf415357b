"""The commands: arguments in, text or JSON out. Only these modules print."""
