"""The connections to NATS that a process lends to the threads that ask: takes a question, returns its answer.

Whoever asks soon after another question is lent one. All others ask over the shared connection of nats-py.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from portable_container.runtime.nats_asking import Ask
    from portable_container.runtime.nats_wire import Said, Wire

MOST = 8
"""How many there are at most. More threads of one process would not send more: they wait for each other."""
SOON_SECONDS = 1.0
"""How soon a process must ask again for one to be made."""
REST_SECONDS = 5.0
"""One that rested for longer is closed in place of being lent: nobody has answered the server on it, and a network may have dropped it silently."""
CONNECT_SECONDS = 1.0
PAUSE_SECONDS = 1.0
"""How long none is made after one could not be made."""


class Wires:
    """The connections of a process. It is safe to use from several threads at once."""

    def __init__(self, connect: Callable[[float], Wire], most: int = MOST) -> None:
        """`connect(seconds)` makes a connection. There are up to `most`."""
        self._connect = connect
        self._most = most
        self._lock = Lock()
        self._free: list[Wire] = []
        self._count = 0
        self._last = self._pause = float("-inf")
        self._closed = False

    def ask(self, question: Ask, seconds: float) -> Said | None:
        """Return the answer to a question, or None if there is no connection to lend. Raises the errors of `Wire.ask`."""
        wire = self._rested() or self._made(min(seconds, CONNECT_SECONDS))
        if wire is None:
            return None
        try:
            answer = wire.ask(question, seconds)
        except BaseException:
            self._end(wire)
            self._clear()  # what broke this one may have broken the others
            raise
        if wire.leaving or self._closed:
            self._end(wire)
        else:
            self._free.append(wire)
        return answer

    def close(self) -> None:
        """Close the connections; those that are lent, when they come back."""
        self._closed = True
        self._clear()

    def _rested(self) -> Wire | None:
        """Return a connection that was used lately."""
        while (wire := self._free_one()) is not None and monotonic() - wire.used > REST_SECONDS:
            self._end(wire)
        return wire

    def _free_one(self) -> Wire | None:
        with self._lock:
            return self._free.pop() if self._free else None

    def _made(self, seconds: float) -> Wire | None:
        """Return a new connection, if one is worth while and can be made."""
        now = monotonic()
        with self._lock:
            last, self._last = self._last, now
            if now - last > SOON_SECONDS or now < self._pause or self._count == self._most or self._closed:
                return None
            self._count += 1
        made = None
        try:
            made = self._connect(seconds)
        except Exception:  # noqa: BLE001 - whatever it is, the shared connection has it too, and says so
            self._pause = monotonic() + PAUSE_SECONDS
        finally:
            if made is None:
                with self._lock:
                    self._count -= 1
        return made

    def _clear(self) -> None:
        while (wire := self._free_one()) is not None:
            self._end(wire)

    def _end(self, wire: Wire) -> None:
        wire.close()
        with self._lock:
            self._count -= 1
