"""What talks to a stage on Azure: its logs, a call of one function, and new code."""
