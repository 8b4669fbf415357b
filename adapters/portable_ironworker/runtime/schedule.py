"""Schedules on IronWorker: a task in, a Tick out.

The schedule gives each of its tasks the payload `{"portable": "tick"}` and no time (iron-io/docs worker/reference/api,
"Schedule a Task"). The time that was due is the last one of the interval. Whoever queues a task by hand, to make up for one
that was missed, may add "scheduled_at".
"""

from __future__ import annotations

from datetime import UTC, datetime
from json import loads

from portable.compute import dispatch
from portable.errors import EventError
from portable.eventing.schedule import Tick
from portable_ironworker.runtime.task import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context
    from portable_ironworker.runtime.task import Handle, Task

EXPECTED = "the task of a schedule"


def handler(call: Any, function: str, timeout: int, every: int, phase: int) -> Handle:
    """Return what takes the tasks of a schedule: due each `every` seconds, counted from `phase` seconds after 1970 began."""

    def run(task: Task, context: Context) -> bool:
        dispatch.event(call, decode(task, every, phase), context)
        return True

    return running(function, timeout, run)


def is_tick(payload: bytes) -> bool:
    """Say whether a payload is one that a schedule gives to its tasks."""
    return _fields(payload).get("portable") == "tick"


def decode(task: Task, every: int, phase: int) -> Tick:
    """Return the Tick of a task. Raises EventError for any other task."""
    fired = datetime.now(UTC)
    fields = _fields(task.payload)
    if fields.get("portable") != "tick":
        raise EventError(EXPECTED, "a task with another payload")
    told = fields.get("scheduled_at")
    if told is None:
        return Tick(datetime.fromtimestamp((int(fired.timestamp()) - phase) // every * every + phase, UTC), fired)
    try:
        return Tick(datetime.fromisoformat(told).astimezone(UTC), fired)
    except (TypeError, ValueError, OverflowError):
        raise EventError(EXPECTED, f"a task whose scheduled_at {told!r} is no time") from None


def _fields(payload: bytes) -> dict[str, Any]:
    """Return the JSON object of a payload, {} for any other payload."""
    try:
        found = loads(payload)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
