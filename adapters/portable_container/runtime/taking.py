"""What takes the events of one function: takes a message of JetStream or a CloudEvent; returns whether it is done.

Both are decoded to the portable event of the function's kind, and handled by the same function.
"""

from __future__ import annotations

import logging
import os
from time import time

from portable.base.logs import current
from portable.base.trace import traceparent
from portable.compute.context import Context
from portable.errors import EventError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from nats.aio.msg import Msg

    from portable_container.runtime.cloudevents import CloudEvent

    T = TypeVar("T")

UNREADABLE = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading an event raises that does not have the expected form. EventError is raised in its place."""
_log = logging.getLogger("portable")


class Unwanted(EventError):
    """An event that is often where a function gets its events from, and is not for it: it is done without a word."""


class Taker:
    """Takes the events of one function."""

    def __init__(
        self,
        function: str,
        timeout: float,
        of_message: Callable[[Msg], Any],
        of_event: Callable[[CloudEvent], Any],
        run: Callable[[Any, Context], bool],
    ) -> None:
        """`of_message` and `of_event` return the portable event, or raise EventError. `timeout` is in seconds.

        `run(event, context)` returns whether the event is done.
        """
        self.function = function
        self.timeout = timeout
        self._of_message = of_message
        self._of_event = of_event
        self._run = run

    def take(self, found: Msg, attempt: int | None = None) -> bool:
        """Handle a message. Return True to acknowledge it, False to have it delivered again. Raises nothing.

        `attempt` takes the place of the number of its deliveries. A message that is not the declared event is logged and
        done, because it would be none the next time either.
        """
        try:
            return self.handle(found, attempt)
        except Unwanted:
            return True
        except EventError as error:
            _log.error("%s was not called for a message at %s: %s", self.function, found.subject, error)
            return True

    def handle(self, found: Msg, attempt: int | None = None) -> bool:
        """`take`, which raises EventError for a message that is not the declared event."""
        return self._handle(found, self._of_message, _delivery(found), attempt)

    def event(self, found: CloudEvent) -> bool:
        """Handle a CloudEvent. Return whether it is done; if not, its sender should send it again.

        Raises EventError for an event that is not the declared one.
        """
        return self._handle(found, self._of_event, found.attributes.get("id", ""))

    def _handle(self, found: Any, decode: Callable[[Any], Any], delivery: str, attempt: int | None = None) -> bool:
        context = Context(delivery or os.urandom(16).hex(), self.function, time() + self.timeout, (found, None))
        token = current.set(context)
        try:
            event = decode(found)
            if attempt is not None:
                getattr(event, "message", event).attempt = attempt  # a due moment, for one, is brought by a message
            return self._run(event, context)
        finally:
            current.reset(token)


def of_jetstream(expected: str, read: Callable[[Msg], T], *kinds: str) -> Callable[[Msg], T]:
    """Return `read`, which raises EventError for a message that it cannot read, or that is of no stream of these kinds.

    The kind is in the name of the stream: queue, topic, stream, bucket or ticks.
    """

    def reading(found: Msg) -> T:
        from nats.errors import Error

        try:
            if found.metadata.stream.rsplit("_", 2)[-2] in kinds:
                return read(found)
            came = f"a message of the stream {found.metadata.stream}"
        except Error:
            came = f"a message at {found.subject} without a place in JetStream"
        except UNREADABLE:
            came = f"something else in the stream {found.metadata.stream}"
        raise EventError(expected, came)

    return reading


def attempt_of(found: CloudEvent) -> int | None:
    """Return the attempt that the sender of a CloudEvent counts in `portableattempt`, or None. Raises ValueError."""
    text = found.attributes.get("portableattempt")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(text)
    return int(text)


def trace_of(found: CloudEvent) -> str | None:
    """Return the W3C traceparent of a CloudEvent (its distributed tracing extension), or None."""
    return traceparent(found.attributes.get("traceparent"))


def not_ours(expected: str, found: CloudEvent) -> EventError:
    """Return the error for a CloudEvent that is not the declared event."""
    return EventError(expected, f'a CloudEvent of type "{found.attributes.get("type", "")}"')


def _delivery(found: Msg) -> str:
    """Return the id of one delivery: `<stream>-<sequence>-<number of the delivery>`, or "" for what JetStream did not send."""
    from nats.errors import Error

    try:
        told = found.metadata
    except (Error, ValueError):
        return ""
    return f"{told.stream}-{told.sequence.stream}-{told.num_delivered}"
