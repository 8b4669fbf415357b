"""Messages that were delivered more often than their function has attempts: each is handled once more, alone, before it is given up.

A delivery counts for all that a process had in hand when it died, also for what no handler had begun. So a count above the
attempts does not say whose fault it was. But a process that handles one message alone dies of this one. That a message was
alone is noted in a stream of the stage before its handler begins.
"""

from __future__ import annotations

from portable_container.runtime.nats_clients import again, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats

FIRST = {"Nats-Expected-Last-Subject-Sequence": "0"}
"""The server stores a note only if there is none at its subject."""
PATIENCE_SECONDS = 10.0
"""How long a message waits until it can be alone, the first time. Each time it waits twice as long."""
LONGEST = 7
"""How often that time is doubled at most."""
AGAIN = b'-NAK {"delay": 60000000000}'
"""What lets one come again that has waited in vain, in nanoseconds. Meanwhile the others are handled."""
_THERE = 10071
"""JetStream's code of the error that says so."""


class Alone:
    """Handles the messages of one function that have no attempts left."""

    def __init__(self, nats: Nats, notes: str, attempts: int, handle: Callable[[Msg, int | None], bool]) -> None:
        """`notes` is the subject of the function's notes. `handle(message, attempt)` returns whether a message is done.

        An attempt takes the place of the server's count. With None the message is given up, because its count is too high.
        """
        self._nats = nats
        self._notes = notes
        self._attempts = attempts
        self._handle = handle

    def takes(self, message: Msg) -> bool:
        """Return whether a message was delivered more often than it has attempts."""
        return message.metadata.num_delivered > self._attempts

    def is_last(self, message: Msg) -> bool:
        """Return whether a message has no further attempt after this one."""
        return message.metadata.num_delivered >= self._attempts

    def patience(self, message: Msg) -> float:
        """Return how many seconds a message waits until it can be alone."""
        over = message.metadata.num_delivered - self._attempts
        return PATIENCE_SECONDS * 2.0 ** min(LONGEST, over - 1)

    def handle(self, message: Msg) -> bool:
        """Handle a message at its last attempt, or give it up if it was alone before. Raises an error if that is not known."""
        return self._handle(message, self._attempts if self._is_first(self.note(message)) else None)

    def _is_first(self, note: str) -> bool:
        """Write a note. Return whether there was none.

        When the answer is lost, it is asked again: a note that is there by then is taken for this one, because only this
        process has the message.
        """
        from nats.js.errors import APIError

        lost = False

        def writing() -> bool:
            nonlocal lost
            try:
                read(self._nats.ask(note, b"", FIRST))
            except APIError as error:
                if error.err_code == _THERE:
                    return lost
                raise
            except Exception:
                lost = True
                raise
            return True

        return self._nats.calls.call(writing, f"the note {note} (JetStream)", again)

    def note(self, message: Msg) -> str:
        """Return the subject of the note about a message."""
        told = message.metadata
        return f"{self._notes}.{told.stream}.{told.sequence.stream}"
