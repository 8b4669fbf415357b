"""A function that a queue feeds -> the seconds until SQS delivers a message again."""

from __future__ import annotations

import math


def least_wait(timeout: int, window: int) -> int:
    """Return how long a message must be hidden while it is handled: six time-outs (Lambda "configuring a queue"), and the window."""
    return 6 * timeout + window


def wait(timeout: int, window: int, backoff: float | None) -> int:
    """Return the visibility timeout of the queue, which is also the wait before the next attempt."""
    return max(least_wait(timeout, window), math.ceil(backoff or 0))
