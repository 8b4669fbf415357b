"""A queue whose messages are only noted, after as much work as a message asks for."""

from __future__ import annotations

from typing import Any

from noted import note

from portable import Message, Queue, function

jobs = Queue("jobs")


@function(jobs.messages(), timeout=30)
def work(message: Message[dict[str, Any]]) -> None:
    sum(number * number for number in range(message.payload.get("work", 0)))
    note(message.payload["number"], message.payload["sent"])
