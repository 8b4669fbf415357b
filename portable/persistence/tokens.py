"""Page tokens: makes one text from a driver's position and its request, and reads it back.

A token has a checksum of the request without its limit. So it is not accepted for another request.
"""

from __future__ import annotations

from binascii import crc32

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.persistence.driver import Query, Scan
    from portable.persistence.table import Table


def sealed(position: str | None, table: Table, request: Query | Scan) -> str | None:
    """Return the token of the next page from the driver's position. None at the end."""
    return None if position is None else f"{position}.{_mark(table, request)}"


def opened(token: str, table: Table, request: Query | Scan) -> str:
    """Return a driver's position. Raises InvalidValue for a token of another table or request."""
    position, _, mark = token.rpartition(".") if isinstance(token, str) else ("", "", "")
    if not position or mark != _mark(table, request):
        raise InvalidValue(
            "page: this token does not belong to this query. Use the same key, ranges, filter and index for every page",
            token,
        )
    return position


def _mark(table: Table, request: Query | Scan) -> str:
    parts = [getattr(request, name, None) for name in ("key", "sort", "reverse", "filter")]
    index = getattr(request, "index", None)
    said = (table.name, type(request).__name__, index.name if index is not None else None, *parts)
    return f"{crc32(repr(said).encode('utf-8', 'surrogatepass')):08x}"
