"""`Context`: what a handler can know about its current call."""

from __future__ import annotations

from time import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any


class Context:
    """One call of a function.

    `request_id` is the provider's id of the call. `function` is the declared name. `attempt` counts from 1; None means
    that the transport has no count. `trace` is a W3C traceparent or None. `native` is the provider's (event, context)
    pair. `fence` is the fencing token of a call of an idempotent function.
    """

    __slots__ = ("_ends", "_fence", "_trace", "attempt", "function", "native", "request_id")

    _fence: int | None
    _streams = False
    """Whether the host of the call sends the chunks of a response one by one."""
    _largest = 104_857_600
    """Bytes of the body of a response that a host takes which sends it whole."""

    def __init__(
        self,
        request_id: str,
        function: str,
        ends: float,
        native: Any = None,
        trace: str | None = None,
        attempt: int | None = None,
    ) -> None:
        """`ends` is the deadline, in seconds since the epoch."""
        self.request_id = request_id
        self.function = function
        self._ends = ends
        self.native = native
        self._trace = trace
        self.attempt = attempt

    @property
    def trace(self) -> str | None:
        """The W3C traceparent of the call (00-<32 hex>-<16 hex>-<2 hex>), or None if there is no valid one."""
        from portable.base.trace import traceparent

        return traceparent(self._trace)

    @property
    def deadline(self) -> datetime:
        """The time when the host will stop the call, as an aware datetime in UTC."""
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self._ends, UTC)

    @property
    def fence(self) -> int | None:
        """The fencing token of a call that holds an idempotency key, else None.

        Each call that takes a key over gets a larger token. A call may be paused beyond its deadline and go on after
        another call has taken its key over. A store is safe from such a call if it keeps the largest token it has seen
        and refuses smaller ones.
        """
        found: int | None = getattr(self, "_fence", None)  # set only by calls of idempotent functions
        return found

    def remaining(self) -> float:
        """Return the seconds until the deadline, never below zero."""
        return max(0.0, self._ends - time())

    def metric(self, name: str, value: float = 1, /, *, unit: str = "Count", **dimensions: str | int) -> None:
        """Count or measure something: `context.metric("orders", 1, unit="Count", shop="x")`.

        It is one line of the log, whatever the level of the logs is. CloudWatch makes a metric of it; on Azure and Google
        Cloud a query or a log-based metric does (docs/tracing.md). `value` is a finite number. `unit` is Count, Percent,
        Seconds, Milliseconds, Microseconds, Bytes, Kilobytes and so on, Bits and so on, an amount by the second such as
        Count/Second, or None as text. There are at most 10 dimensions; each has a text of 1 to 255 ASCII characters, an
        int or a bool. Each combination of their values is a metric of its own, which costs money.

        Raises InvalidValue (a ValueError) for what any target would not take.
        """
        from portable.compute.metrics import metric

        metric(self, name, value, unit, dimensions)

    def _now(self) -> float:
        """Return the time in seconds since the epoch, by the clock of the deadline. The test kit has its own."""
        return time()

    def __repr__(self) -> str:
        return f"Context(request_id={self.request_id!r}, function={self.function!r}, attempt={self.attempt!r})"


# For who runs calls; a handler only reads its context.


def followed(context: Context) -> str | None:
    """Return the trace that a call was given, None while it has only what its provider's event says."""
    return context._trace


def follow(context: Context, trace: str | None) -> None:
    """Make a call a part of a trace."""
    context._trace = trace


def end_at(context: Context, ends: float) -> None:
    """Set the deadline of a call, in seconds since the epoch."""
    context._ends = ends
