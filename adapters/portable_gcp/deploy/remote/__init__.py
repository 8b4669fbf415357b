"""What talks to a stage on Google Cloud: its logs, a call of one function, and new code."""
