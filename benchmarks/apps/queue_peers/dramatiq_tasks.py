"""The same work in Dramatiq, which acknowledges a message after it was handled."""

from __future__ import annotations

import os
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from noted import note

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS"]))


@dramatiq.actor
def work(payload: dict[str, Any]) -> None:
    note(payload["number"], payload["sent"])
