"""The response for an HTTPError. It is loaded only when there is an error."""

from __future__ import annotations

from portable.eventing.response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.errors import HTTPError

_BODILESS = frozenset((204, 205, 304))


def error_response(error: HTTPError) -> Response:
    """Return the response for an HTTPError: {"detail": …}, and for invalid input also the places of all faults."""
    from portable.errors import InvalidInput

    if error.status in _BODILESS:
        return Response(b"", error.status, error.headers)
    reply: dict[str, Any] = {"detail": error.detail if error.detail is not None else f"HTTP {error.status}"}
    if isinstance(error, InvalidInput):
        reply["at"] = error.at
        reply["errors"] = error.errors
    try:
        return Response.json(reply, error.status, error.headers)
    except (TypeError, ValueError, RecursionError):  # JSON cannot hold the detail, or a header is invalid
        return Response.json({**reply, "detail": str(error.detail)}, error.status)
