"""Schedules on IronWorker: takes a task; returns a Tick.

The schedule gives each of its tasks the payload `{"portable": "tick"}` and no time (iron-io/docs worker/reference/api,
"Schedule a Task"). So the due time is the last due time of the interval. A task that is queued by hand, to replace a missed
one, may hold "scheduled_at".
"""

from __future__ import annotations

from datetime import UTC, datetime
from json import loads

from portable.compute import dispatch
from portable.errors import EventError
from portable.eventing.schedule import Tick
from portable_ironworker.runtime.task import task_handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context
    from portable_ironworker.runtime.task import Handle, Task

EXPECTED = "the task of a schedule"


def handler(call: Any, function: str, timeout: int, every: int, phase: int) -> Handle:
    """Return the handler of a schedule's tasks. They are due every `every` seconds from 1970-01-01T00:00Z + `phase`."""

    def run(task: Task, context: Context) -> bool:
        dispatch.event(call, decode(task, every, phase), context)
        return True

    return task_handler(function, timeout, run)


def is_tick(payload: bytes) -> bool:
    """Return whether a payload belongs to the task of a schedule."""
    return _fields(payload).get("portable") == "tick"


def decode(task: Task, every: int, phase: int) -> Tick:
    """Return the Tick of a task. Raises EventError for any other task."""
    fired = datetime.now(UTC)
    fields = _fields(task.payload)
    if fields.get("portable") != "tick":
        raise EventError(EXPECTED, "a task with another payload")
    text = fields.get("scheduled_at")
    if text is None:
        return Tick(datetime.fromtimestamp((int(fired.timestamp()) - phase) // every * every + phase, UTC), fired)
    try:
        return Tick(datetime.fromisoformat(text).astimezone(UTC), fired)
    except (TypeError, ValueError, OverflowError):
        raise EventError(EXPECTED, f"a task whose scheduled_at is {text!r}, which is not a time,") from None


def _fields(payload: bytes) -> dict[str, Any]:
    """Return the JSON object that a payload holds, or {}."""
    try:
        found = loads(payload)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
