"""Schedules on OpenFaaS: takes the call of the cron connector; returns a Tick.

Source: openfaas/cron-connector `InvokeFunction`: an empty POST with X-Topic cron-function, at the beginning of the due
minute. The call does not hold the due minute, so it is read from X-Start-Time, which the gateway writes in nanoseconds.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from portable.compute import dispatch
from portable.errors import EventError
from portable.eventing.schedule import Tick
from portable_openfaas.runtime.call import attempt_numbers, event_handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context
    from portable_openfaas.runtime.call import Handle

TOPIC = "cron-function"
EXPECTED = "a call of the cron connector"


def handler(call: Any, function: str, timeout: int, attempts: int, backoff: float, days: int = 1) -> Handle:
    """Return the `handle` of a schedule. With `days` over 1 it runs only on every such day, counted from 1970-01-01."""

    def run(tick: Tick, context: Context) -> bool:
        if (tick.scheduled_at - datetime(1970, 1, 1, tzinfo=UTC)).days % days:
            return True
        for attempt in attempt_numbers(attempts, backoff, context):
            try:
                dispatch.event(call, tick, context)
                return True
            except Exception:
                logging.getLogger("portable").exception("%s failed, attempt %d of %d", function, attempt, attempts)
        return False

    return event_handler(function, timeout, decode, run)


def decode(event: Any) -> Tick:
    """Return the Tick of a call. Raises EventError for any other request."""
    topic, start = event.headers.get("X-Topic"), event.headers.get("X-Start-Time")
    if event.method.upper() != "POST" or topic != TOPIC:
        raise EventError(
            EXPECTED, f'a message of the topic "{topic}"' if topic else f"a {event.method} without X-Topic"
        )
    try:
        fired = datetime.fromtimestamp(int(start) / 1e9, UTC) if start else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise EventError(EXPECTED, f"a call with X-Start-Time {start!r}, which is not a time,") from None
    return Tick(fired.replace(second=0, microsecond=0), fired)
