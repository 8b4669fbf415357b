"""Responses that answer conditional requests and ranges: of a whole response, of an object of a bucket, of a file.

The classmethods of `Response` call these functions and give themselves as `make`.
"""

from __future__ import annotations

from portable.eventing.conditions import http_date, part, quoted, read_date

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike
    from typing import Any

    from portable.eventing.conditions import Part
    from portable.eventing.request import Request
    from portable.eventing.sendable_objects import Described, Reads, Signs

    Fields = Mapping[str, str] | Iterable[tuple[str, str]] | None

_OF_THE_BODY = frozenset(("content-type", "content-length", "content-range", "content-encoding"))
"""Headers that a 304 does not have (RFC 9110, section 15.4.5)."""
PART = 1024 * 1024
"""Bytes of a file that are read at once."""


def conditional(response: Any, request: Request) -> Any:
    """Return what a request wants of a whole response; see `Response.conditional`."""
    make = type(response)
    if response.status != 200 or request.method not in ("GET", "HEAD"):
        return response
    whole = response.chunks is None
    if response.header("etag") is None and whole:
        response.headers.append(("etag", _etag_of(response.body)))
    if whole:
        response.headers.append(("accept-ranges", "bytes"))
    size = len(response.body) if whole else None
    wanted = part(request, response.header("etag"), read_date(response.header("last-modified")), size)
    if wanted.status == 200:
        return response
    cookies = [("set-cookie", cookie) for cookie in response.cookies]
    if wanted.status == 304:
        if response.chunks is not None:
            response.chunks.close()
        return make(b"", 304, [*_without_body(response.headers), *cookies])
    kept = [pair for pair in response.headers if pair[0].lower() != "content-length"]
    place = ("content-range", f"bytes {wanted.start}-{wanted.stop - 1}/{size}")
    return make(response.body[wanted.start : wanted.stop], 206, [*kept, place, *cookies])


def stored_object(
    make: Any,
    info: Described,
    reader: Reads,
    request: Request,
    redirect: Signs | None,
    largest: int | None,
    expires: int,
    headers: Fields,
) -> Any:
    """Return what a request wants of an object; see `Response.object`."""
    from portable.eventing.sendable_objects import chunks_of, location

    fields = _described(_pairs(headers), quoted(info.etag), info.modified_at, _sendable(info.content_type))
    wanted = part(request, quoted(info.etag), info.modified_at, info.size)
    empty = _empty(make, wanted, request, info.size, fields)
    if empty is not None:
        return empty
    instead = None if redirect is None else location(make, info, redirect, expires)
    chunks = chunks_of(reader, info, wanted.start, wanted.stop, instead, largest)
    return make._of(chunks, wanted.status, _placed(fields, wanted, info.size), None)


def stored_file(
    make: Any,
    path: str | PathLike[str],
    request: Request,
    media_type: str | None,
    headers: Fields,
    known: tuple[str, int] | None = None,
) -> Any:
    """Return what a request wants of a file; see `Response.file`. `known` are its etag and its size, else it is read for them."""
    from mimetypes import guess_type

    from portable.errors import HTTPError
    from portable.eventing.stream_sources import source_of
    from portable.eventing.streaming import Chunks

    try:
        etag, size = known or _read(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise HTTPError(404, "there is no such file") from None
    fields = _described(_pairs(headers), etag, None, media_type or guess_type(path)[0] or "application/octet-stream")
    wanted = part(request, etag, None, size)
    empty = _empty(make, wanted, request, size, fields)
    if empty is not None:
        return empty
    chunks = Chunks(source_of(_pieces(path, wanted.start, wanted.stop)), wanted.stop - wanted.start)
    return make._of(chunks, wanted.status, _placed(fields, wanted, size), None)


def _pairs(headers: Fields) -> list[tuple[str, str]]:
    """Return the headers of a handler as pairs."""
    if headers is None:
        return []
    items = getattr(headers, "items", None)
    pairs: Any = headers if items is None else items()
    return list(pairs)


def _described(
    fields: list[tuple[str, str]], etag: str, modified: Any, media_type: str | None
) -> list[tuple[str, str]]:
    """Return headers with those that tell of the content, unless the handler has set them."""
    own = [("etag", etag), ("accept-ranges", "bytes"), ("content-type", media_type or "application/octet-stream")]
    if modified is not None:
        own.append(("last-modified", http_date(modified)))
    names = {name.lower() for name, _ in fields}
    return [*fields, *(pair for pair in own if pair[0] not in names)]


def _sendable(media_type: str | None) -> str | None:
    """Return the media type of an object, None for one that HTTP forbids: whoever stored the object chose it."""
    from portable.eventing.fields import check_media_type

    try:
        check_media_type(media_type)
    except ValueError:
        return None
    return media_type


def _empty(make: Any, wanted: Part, request: Request, size: int, fields: list[tuple[str, str]]) -> Any:
    """Return the response that needs no bytes: to HEAD, and 304. Else None."""
    if wanted.status == 304:
        return make(b"", 304, _without_body(fields))
    return make(b"", 200, [*fields, ("content-length", str(size))]) if request.method == "HEAD" else None


def _placed(fields: list[tuple[str, str]], wanted: Part, size: int) -> list[tuple[str, str]]:
    """Return headers with the length of a body, and its place if it is a part."""
    placed = [*fields, ("content-length", str(wanted.stop - wanted.start))]
    if wanted.status == 206:
        placed.append(("content-range", f"bytes {wanted.start}-{wanted.stop - 1}/{size}"))
    return placed


def _without_body(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in fields if pair[0].lower() not in _OF_THE_BODY]


def _etag_of(body: bytes) -> str:
    from hashlib import blake2b

    return quoted(blake2b(body, digest_size=16).hexdigest())


def _read(path: Any) -> tuple[str, int]:
    with open(path, "rb") as file:
        return digest(file)


def digest(file: Any) -> tuple[str, int]:
    """Return the etag and the size of an open file.

    The etag is made of its bytes: all files of a bundle have one time, and two bundles may have files of one size.
    """
    from hashlib import blake2b

    found, size = blake2b(digest_size=16), 0
    while piece := file.read(PART):
        found.update(piece)
        size += len(piece)
    return quoted(found.hexdigest()), size


def _pieces(path: Any, start: int, stop: int) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(start)
        while start < stop and (piece := file.read(min(PART, stop - start))):
            start += len(piece)
            yield piece
