"""The replies of mounted WSGI apps on hosts that send them piece by piece: takes what an app returns; returns the Response.

Only such a host loads this module. All of an app's code runs in one context, as under a server of its own: what a framework
set at the beginning of a request is taken back at its end.
"""

from __future__ import annotations

from _contextvars import copy_context

from portable.eventing.response import BODILESS
from portable.eventing.stream_sources import source_of
from portable.eventing.streaming import Chunks, begun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any

    from portable.compute.mounted import Started
    from portable.eventing.response import Response


def streamed(app: Any, environ: dict[str, Any], started: Started) -> Response:
    """Return the response of an app: whole if its first parts have the length that it says, else as a stream."""
    run = copy_context().run
    found = run(app, environ, started.start)
    iterator = run(iter, found)
    pieces = _pieces(run, iterator, found, started)
    try:
        first = next(pieces, b"")
        length, status = _length(started), started.status.partition(" ")[0]
        if length == len(first) or status in map(str, BODILESS):
            return started.response(environ["REQUEST_METHOD"], first + b"".join(pieces))
        chunks = Chunks(source_of(_again(first, pieces)), length)
        response = started.response(environ["REQUEST_METHOD"], chunks)
    except BaseException:
        pieces.close()
        raise
    started.sent = True
    return begun(response)  # type: ignore[no-any-return]


def _pieces(run: Any, iterator: Iterator[bytes], found: Any, started: Started) -> Generator[bytes]:
    """Yield what an app makes, and what it gives to the function that `start_response` returns. None of it is empty."""
    try:
        ended = False
        while not ended:
            part = run(next, iterator, None)
            ended = part is None
            whole = b"".join([*started.written, part or b""])
            started.written.clear()
            if whole:
                yield whole
    finally:
        close = getattr(found, "close", None)
        if close is not None:
            run(close)


def _again(first: bytes, rest: Generator[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from rest
    finally:
        rest.close()


def _length(started: Started) -> int | None:
    """Return the length that an app says of its body, None if it says none."""
    found = next((value for name, value in started.headers if name.lower() == "content-length"), "").strip()
    return int(found) if found.isascii() and found.isdigit() else None
