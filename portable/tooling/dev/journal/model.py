"""The values of the journal: an `Invocation` is a row of the list, its `Details` are all that is known of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Outcome = Literal["running", "done", "failed", "dead", "dropped"]
"""`failed` is an attempt that may be made again; `dead` went to the dead letters, `dropped` was given up without any."""


class ResourceCall(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One call of a resource by a handler. `what` is its key or id, `began` in seconds since the epoch.

    `did` are the permissions that it used.
    """

    kind: str
    name: str
    method: str
    what: str
    began: float
    seconds: float
    error: str = ""
    did: tuple[str, ...] = ()


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """What a handler logged or printed; the level of a print is "PRINT", that of a metric "METRIC"."""

    at: float
    level: str
    text: str


class Invocation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call of a function.

    `id` has 16 hex digits and `trace` 32: together they are the W3C traceparent of what the call sends. `parent` is the id
    of the call that caused this one, or "". `function` is "" for a request that no route takes. `began` is in seconds since
    the epoch; `seconds` is None while it runs. `status` is the HTTP status, 0 for other kinds.
    """

    id: str
    trace: str
    parent: str
    function: str
    kind: str
    wire: str = ""
    label: str
    began: float
    seconds: float | None = None
    status: int = 0
    outcome: Outcome = "running"
    attempt: int | None = None


class Details(Invocation, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """All that is known of an invocation, without secrets.

    `event` is the plain data that `portable invoke --event` takes, `response` is {"status", "headers", "body" in base64}.
    Where a body was cut, "cut" beside it is the number of bytes that are missing.
    """

    event: dict[str, Any] = {}
    response: dict[str, Any] | None = None
    logs: list[LogLine] = []
    calls: list[ResourceCall] = []
    spans: list[str] = []
    """The ids of spans of OpenTelemetry in the call that sent something: what followed names them as its cause."""
    traceback: str = ""
    error: str = ""
