"""What the journal keeps of a response that is streamed: the call runs until its last chunk."""

from __future__ import annotations

from pathlib import Path

from portable.eventing.response import Response
from portable.tooling.dev.live import Live, Note

MOST = 65_536
"""Bytes of the body of a stream that are kept."""


class Kept:
    """Listens to the chunks of one response, and notes the call at their end."""

    def __init__(self, live: Live, response: Response, folder: Path, note: Note) -> None:
        self._live = live
        self._folder = folder
        self._note = note
        self._parts: list[bytes] = []
        self._room = MOST
        cookies = [("set-cookie", cookie) for cookie in response.cookies]
        headers = [pair for pair in response.headers if pair[0].lower() != "content-length"]
        self._fields = (response.status, [*headers, *cookies])
        live.status = response.status
        live.response = self._so_far()

    def chunk(self, chunk: bytes) -> None:
        """Keep a chunk while there is room."""
        if self._room > 0:
            self._parts.append(chunk[: self._room])
            self._room -= len(chunk)

    def ended(self, error: BaseException | None) -> None:
        """Note how the stream ended."""
        self._live.answered(self._so_far())
        if error is not None:
            self._live.failed(error, self._folder)
            self._live.ended("failed")
        self._note(self._live)

    def _so_far(self) -> Response:
        status, headers = self._fields
        return Response(b"".join(self._parts), status, headers)
