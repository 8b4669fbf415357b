"""Talking to a stage that runs: its logs, a call of one function, new code. What a target differs in is its `Remote`."""
