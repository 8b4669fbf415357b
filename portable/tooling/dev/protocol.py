"""What speaks HTTP with one client: uvicorn's own over h11, which writes the head of an answer together with what follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h11._events import Event

MOST_HEAD = 65_536
"""Bytes of the head of a request that has not come as a whole."""


class Joined(h11.Connection):
    """h11, which gives the head of an answer out with what is sent next. So an answer is one packet, and one call of the system.

    ASGI lets a server do so. Who streams, and has its first part late, sends an empty part after the head.
    """

    _head: Sequence[bytes] = ()

    def send_with_data_passthrough(self, event: Event) -> list[bytes] | None:
        """Return the parts of what is to be written now."""
        parts = super().send_with_data_passthrough(event)
        if parts is None:
            return None
        if type(event) is h11.Response:
            self._head = parts
            return []
        head, self._head = self._head, ()
        return [*head, *parts]


class Protocol(H11Protocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.conn = Joined(h11.SERVER, MOST_HEAD)
        super().connection_made(transport)
