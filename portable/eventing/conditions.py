"""Conditional requests and ranges (RFC 9110, sections 13 and 14): takes a request and what would be sent; says what is sent.

Only a handler that answers such requests loads this module.
"""

from __future__ import annotations

from portable.errors import HTTPError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from portable.eventing.request import Request

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_RANGES = 100
"""Ranges of one request that are looked at. A request with more of them gets everything."""


class Part:
    """What to send: `status` 200, 206 or 304, and the bytes from `start` to before `stop`."""

    __slots__ = ("start", "status", "stop")

    def __init__(self, status: int, start: int, stop: int) -> None:
        self.status = status
        self.start = start
        self.stop = stop


def part(request: Request, etag: str | None, modified: datetime | None, size: int | None) -> Part:
    """Return what is sent of a body with these validators. `etag` has its quotes; a `size` of None allows no range.

    Raises HTTPError: 412 if a condition of the request is false, 416 if its range is outside the body.
    """
    headers = request.headers
    reads = request.method in ("GET", "HEAD")
    wanted = headers.get("if-match")
    if wanted is not None:
        if not _listed(wanted, etag, strong=True):
            raise HTTPError(412, "the content has another etag than If-Match asks for")
    elif modified is not None and _later(modified, headers.get("if-unmodified-since")):
        raise HTTPError(412, "the content was changed after the time of If-Unmodified-Since")
    known = headers.get("if-none-match")
    if known is not None:
        if _listed(known, etag, strong=False):
            if reads:
                return Part(304, 0, 0)
            raise HTTPError(412, "the content has an etag of If-None-Match")
    elif reads and modified is not None and _later(modified, headers.get("if-modified-since")) is False:
        return Part(304, 0, 0)
    whole = Part(200, 0, size or 0)
    asked = headers.get("range")
    if request.method != "GET" or asked is None or size is None or not _same(headers.get("if-range"), etag, modified):
        return whole
    return _range(asked, size) or whole


def quoted(etag: str) -> str:
    """Return an etag with its quotes."""
    return f'"{etag}"'


def http_date(moment: datetime) -> str:
    """Return an aware time as HTTP writes it, such as "Tue, 15 Nov 1994 12:45:26 GMT"."""
    from datetime import UTC

    utc = moment.astimezone(UTC)
    date = f"{_DAYS[utc.weekday()]}, {utc.day:02d} {_MONTHS[utc.month - 1]} {utc.year:04d}"
    return f"{date} {utc.hour:02d}:{utc.minute:02d}:{utc.second:02d} GMT"


def read_date(text: str | None) -> datetime | None:
    """Return the time of a header, None if there is none or it is no time."""
    if not text:
        return None
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _listed(header: str, etag: str | None, *, strong: bool) -> bool:
    """Return whether an etag is in a list of etags. A weak one, W/"…", never is by the strong comparison."""
    if header.strip() == "*":
        return etag is not None
    if etag is None or (strong and etag.startswith("W/")):
        return False
    return any(
        tag.removeprefix("W/") == etag.removeprefix("W/") and not (strong and tag.startswith("W/"))
        for tag in _etags(header)
    )


def _etags(header: str) -> list[str]:
    """Return the etags of a list. A comma may stand inside of their quotes."""
    found = []
    at = 0
    while (start := header.find('"', at)) >= 0 and (end := header.find('"', start + 1)) >= 0:
        weak = header[max(at, start - 2) : start] == "W/"
        found.append(header[start - 2 * weak : end + 1])
        at = end + 1
    return found


def _later(modified: datetime, header: str | None) -> bool | None:
    """Return whether a time is later than that of a header; None if the header has none. HTTP has whole seconds."""
    given = read_date(header)
    return None if given is None else modified.replace(microsecond=0) > given


def _same(header: str | None, etag: str | None, modified: datetime | None) -> bool:
    """Return whether If-Range names what would be sent, so that a part fits to what the client has."""
    if header is None:
        return True
    if '"' in header:
        return header.strip() == etag and not header.strip().startswith("W/")
    given = read_date(header)
    return given is not None and modified is not None and modified.replace(microsecond=0) == given


def _range(header: str, size: int) -> Part | None:
    """Return the part that a Range header asks for; None if everything is sent.

    Ranges that touch or overlap are one. If several are left, everything is sent, as RFC 9110 (section 14.2) allows and
    as the stores of objects do. Raises HTTPError 416 if none of them is in the body.
    """
    unit, equals, text = header.partition("=")
    pieces = text.split(",")
    if unit.strip().lower() != "bytes" or not equals or len(pieces) > MOST_RANGES:
        return None
    spans = []
    for piece in pieces:
        span = _span(piece.strip(), size)
        if span is None:
            return None
        if span[0] < span[1]:
            spans.append(span)
    if not spans:
        raise HTTPError(416, f"the content has {size} bytes", {"content-range": f"bytes */{size}"})
    spans.sort()
    start, stop = spans[0]
    for following, end in spans[1:]:
        if following > stop:
            return None
        stop = max(stop, end)
    return Part(206, start, stop)


def _span(text: str, size: int) -> tuple[int, int] | None:
    """Return where a range begins and ends: an empty span if it is outside; None for what is no range."""
    first, dash, last = text.partition("-")
    if not dash or not (_is_number(first) and _is_number(last)) or not (first or last):
        return None
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return 0, 0
    return int(first), min(size, int(last) + 1) if last else size


def _is_number(text: str) -> bool:
    """Return whether text has digits only, or nothing. No size has more than 18 digits."""
    return not text or (text.isascii() and text.isdigit() and len(text) <= 18)
