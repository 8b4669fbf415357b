"""The record of a call: its event, resource calls, logs, result or failure. Plain values for assertions."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portable.errors import HTTPError, InvalidArgument
from portable.eventing.blame import answer
from portable.eventing.request import Request


class LogLine(str):
    """A logged message, as text; `level` is its name, `record` the whole LogRecord."""

    __slots__ = ("level", "record")
    level: str
    record: logging.LogRecord

    @classmethod
    def of(cls, record: logging.LogRecord) -> LogLine:
        """Return the line of a record."""
        line = cls(record.getMessage())
        line.level = record.levelname
        line.record = record
        return line


@dataclass(frozen=True)
class Metric:
    """What `Context.metric` was called with. The values of `dimensions` are text, as they are written."""

    name: str
    value: float
    unit: str = "Count"
    dimensions: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One call of a function.

    `event` is what its handler got: a Request, Message, StoredObject or Tick; the payload of a message that could not be
    decoded is bytes, and under --artifact `event` is None when the handler has no parameter for it. `attempt` counts from 1, None for HTTP; `result` is what the handler returned; `error` what it raised, None when it ended well;
    `resource_calls` are (kind, name, method) of each call of a resource that it made, in order.
    """

    function: str
    event: Any
    attempt: int | None
    at: datetime
    result: Any = None
    error: BaseException | None = None
    resource_calls: list[tuple[str, str, str]] = field(default_factory=list)
    logs: list[LogLine] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    chaos: bool = False
    """Chaos broke it, not the handler."""
    label: str = ""
    """The name of its event: m1 is what the test sent first, m1.2 the second thing that was sent while m1 was handled."""
    sent: int = 0
    """How many messages it sent."""


@dataclass(frozen=True)
class Step:
    """One resource call of one call of a handler, in the order in which they happened."""

    call: Call
    kind: str
    name: str
    method: str

    def __str__(self) -> str:
        return f"{self.call.function} {self.call.label}: {self.name}.{self.method}"


@dataclass(frozen=True)
class Failure:
    """A call that raised anything but an HTTPError. `traceback` has only frames of the user's code."""

    function: str
    error: BaseException
    attempt: int | None
    event: Any
    traceback: str
    chaos: bool = False
    """Chaos raised it, not the handler."""

    def __repr__(self) -> str:
        return f"Failure({self.function}, {type(self.error).__name__}: {self.error})"


@dataclass(frozen=True)
class Dropped:
    """A message that failed at its last attempt and is lost, because its function has no dead letters."""

    function: str
    message: str
    attempts: int
    error: BaseException

    def __str__(self) -> str:
        return (
            f"{self.function} dropped message {self.message} after {self.attempts} attempts "
            f"({type(self.error).__name__}: {self.error}); dead_letter=True keeps such messages"
        )


def ids_of(event: Any) -> list[str]:
    """Return the ids of the events that a call got: one, or those of a batch."""
    found = event if isinstance(event, list) else [event]
    return [id for one in found if (id := getattr(one, "id", None)) is not None]  # noqa: A001


def label_of(event: Any) -> object:
    """Return what is the same for every delivery of an event, and of no other."""
    if isinstance(event, list):
        return tuple(ids_of(event))
    for name in ("scheduled_at", "id"):
        found = getattr(event, name, None)
        if found is not None:
            return found
    return id(event)


def is_answer(event: Any, error: BaseException) -> bool:
    """Say whether an error of a handler is its answer to a request, as the client gets it, and no failure."""
    if isinstance(error, HTTPError):
        return event is None or isinstance(event, Request)
    return isinstance(event, Request) and isinstance(error, InvalidArgument) and answer(event, error) is not None


def user_traceback(error: BaseException) -> str:
    """Return the traceback from the handler inwards, the kit's and portable's own frames left out."""
    hosted = getattr(error, "host_traceback", None)
    if isinstance(hosted, str):  # of a host process
        return hosted.rstrip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
    head = ["Traceback (most recent call last):\n"] if frames else []
    return "".join([*head, *traceback.format_list(frames), *traceback.format_exception_only(error)]).rstrip()


def _is_ours(filename: str) -> bool:
    return filename.startswith(("<", _HERE))


_HERE = __file__.rpartition("/portable/")[0] + "/portable/"
