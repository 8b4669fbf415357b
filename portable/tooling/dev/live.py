"""`Live`: a call that runs, with all that is noted of it until it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from portable.base.ending import text_of
from portable.errors import PortableError
from portable.eventing.response import Response
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.dev.journal.model import Details, LogLine, Outcome, ResourceCall
from portable.tooling.run.tracebacks import own_traceback

active: ContextVar[Live | None] = ContextVar("portable_live", default=None)
"""The call that runs here."""
made: ContextVar[list[Live] | None] = ContextVar("portable_made_live", default=None)
"""Gets the calls that begin in this context."""
allowed: ContextVar[float] = ContextVar("portable_allowed", default=30.0)
"""The seconds that a call over a wire has."""

cause: ContextVar[str | None] = ContextVar("portable_cause", default=None)
"""The traceparent of the event that is delivered, for wires that do not bring it."""

FAULT = 500
"""The lowest status that counts as a failure of the function."""

_PROCESS = os.urandom(8).hex()
_numbers = count(int.from_bytes(os.urandom(5)) << 24)
"""The ids of calls: random by process, then one after the other, so that the journal's indexes grow at their ends."""


class Printed(Protocol):
    """A stream that calls print to."""

    def lines(self, live: Live, whole: Sequence[str]) -> None:
        """Note and write lines of a call."""
        ...


class Live:
    """One call of a function, or a request that no route takes. `event` is as the function gets it."""

    # what most calls never set are class attributes: setting them would cost each call
    status = 0
    outcome: Outcome = "running"
    seconds: float | None = None
    attempt: int | None = None
    response: Response | None = None
    error = ""
    traceback = ""
    origin = ""
    """How the client of a request reached this server: a scheme and a host."""
    fired = False
    """Whether somebody fired it by hand, and wants to see it."""
    quiet = False
    """Whether it is noted only if it fails, as the files of a static site are."""
    noted = False
    told = ""
    place = 0

    def __init__(self, kind: str, function: str, event: Any, incoming: str | None, wire: str = "") -> None:
        """`incoming` is a checked traceparent, whose trace the call goes on with."""
        self.id = f"{next(_numbers):016x}"
        if incoming is None:
            self.trace, self.parent = _PROCESS + self.id, ""
        else:
            self.trace, self.parent = incoming[3:35], incoming[36:52]
        self.kind = kind
        self.function = function
        self.event = event
        self.wire = wire
        self.began = time.time()
        self.logs: list[LogLine] = []
        self.calls: list[ResourceCall] = []
        self.spans: list[str] = []
        self.partial: dict[tuple[Printed, int], str] = {}
        """What was printed of lines that have no end yet, by streams and threads."""

    @property
    def traceparent(self) -> str:
        """What the call sends with its messages, so that what follows from it is known."""
        return f"00-{self.trace}-{self.id}-01"

    def caused(self, sent: str | None) -> None:
        """Note the traceparent of what the call sends. With OpenTelemetry it names a span inside of the call."""
        if sent is not None and sent[36:52] not in (self.id, *self.spans):
            self.spans.append(sent[36:52])

    def failed(self, error: BaseException, folder: Path) -> None:
        """Note what the handler raised. The first error is kept."""
        if not self.error:
            self.error = _said(error)
            self.traceback = own_traceback(error, folder)

    def tells(self, error: BaseException) -> bool:
        """Return whether the call failed with an error, which is then shown with the call."""
        return bool(self.error) and self.error == _said(error)

    def answered(self, response: Response) -> None:
        """Note the response, and end."""
        self.response = response
        self.status = response.status
        if response.status >= FAULT and not self.error:
            self.error = f"HTTP {response.status}"
        self.ended("failed" if response.status >= FAULT else "done")

    def ended(self, outcome: Outcome) -> None:
        """Note how the call ended, and how long it took. What it has printed of a line is a line now."""
        if self.seconds is None:
            self.seconds = time.time() - self.began
        while self.partial:
            (stream, _), text = self.partial.popitem()
            stream.lines(self, [text])
        self.outcome = outcome

    def details(self) -> Details:
        """Return all that is known by now."""
        kind = TRIGGERS[self.kind]
        return Details(
            id=self.id,
            trace=self.trace,
            parent=self.parent,
            function=self.function,
            kind=self.kind,
            wire=self.wire,
            label=kind.label(self.event),
            began=self.began,
            seconds=self.seconds,
            status=self.status,
            outcome=self.outcome,
            attempt=self.attempt,
            event={"kind": kind.form, **kind.plain(self.event)},
            response=None if self.response is None else _plain(self.response),
            logs=self.logs,
            calls=self.calls,
            spans=self.spans,
            traceback=self.traceback,
            error=self.error,
        )


Note = Callable[[Live], None]
"""Takes note that a call began, changed or ended."""


def _said(error: BaseException) -> str:
    text = text_of(error)
    return text if isinstance(error, PortableError) else f"{type(error).__name__}: {text}"


def _plain(response: Response) -> dict[str, Any]:
    headers: list[tuple[str, str]] = response.headers
    if response.cookies:
        headers = [*headers, *(("set-cookie", cookie) for cookie in response.cookies)]
    return {"status": response.status, "headers": headers, "body": response.body}
