"""The Context of a call in the in-memory cloud: its deadline is in virtual time."""

from __future__ import annotations

from typing import Any

from portable.compute.context import Context, end_at
from portable.testing.world.clock import Clock


def pass_by(context: Context, seconds: float) -> None:
    """Let time of a call pass without waiting for it."""
    end_at(context, context.deadline.timestamp() - seconds)


class KitContext(Context):
    """`Context` with the clock of the cloud. `native` is None, or with --wire the provider's pair."""

    __slots__ = ("_clock",)
    _streams = True

    def __init__(self, request_id: str, function: str, timeout: float, clock: Clock, *more: Any) -> None:
        """`more` are the native pair, the trace and the attempt."""
        super().__init__(request_id, function, clock.time() + timeout, *more)
        self._clock = clock

    @classmethod
    def of(cls, context: Context, timeout: float, clock: Clock) -> KitContext:
        """Return what an adapter made, with the time of a clock."""
        more = (context.native, context.trace, context.attempt)
        return cls(context.request_id, context.function, timeout, clock, *more)

    def begin(self, timeout: float) -> None:
        """Note that the call begins now: until then it was only routed."""
        self._ends = self._clock.time() + timeout

    def remaining(self) -> float:
        """Return the seconds of virtual time until the deadline, never below zero."""
        return max(0.0, self._ends - self._clock.time())

    def _now(self) -> float:
        return self._clock.time()
