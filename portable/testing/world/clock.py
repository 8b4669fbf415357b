"""Virtual time, which changes only when the test moves it. All times are aware and in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The time of one in-memory cloud. It starts at the machine's time and does not move by itself.

    `advance` lets time pass and fires the schedules that become due. `set` jumps and fires nothing.
    """

    def __init__(self, begins: datetime | None = None) -> None:
        self._now = begins or datetime.now(UTC)
        self._pass_by: Callable[[datetime], None] = self.move
        self.on_move: Callable[[datetime], object] | None = None
        """Called with the time whenever it changes."""

    @property
    def now(self) -> datetime:
        """The time, aware and in UTC."""
        return self._now

    def set(self, moment: datetime | str) -> datetime:
        """Jump to a moment, ISO text or datetime; without an offset it is UTC. Return the time."""
        self._go_to(moment_of(moment))
        return self._now

    def advance(
        self,
        by: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> datetime:
        """Let time pass, and fire each schedule at its due time. Return the time."""
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) + (by or timedelta())
        if step < timedelta():
            raise ValueError("advance only moves the clock forwards: use clock.set to go back")
        self._pass_by(self._now + step)
        return self._now

    def time(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._now.timestamp()

    def move(self, moment: datetime) -> None:
        """Let time pass without firing a schedule; what happens by itself may only move it forwards."""
        self._go_to(max(self._now, moment))

    def _go_to(self, moment: datetime) -> None:
        self._now = moment
        if self.on_move is not None:
            self.on_move(moment)

    def passing(self, pass_by: Callable[[datetime], None]) -> None:
        """Say what happens while time passes until a moment."""
        self._pass_by = pass_by

    def __repr__(self) -> str:
        return f"Clock({self._now.isoformat()})"


def moment_of(moment: datetime | str) -> datetime:
    """Return a moment, aware and in UTC. Raises ValueError for text that is no ISO 8601 time."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
