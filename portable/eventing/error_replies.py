"""The response for an HTTPError. It is loaded only when there is an error."""

from __future__ import annotations

from portable.eventing.response import BODILESS, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.errors import HTTPError

PROBLEM = "application/problem+json"


def error_response(error: HTTPError, problem: bool = False, status: int | None = None) -> Response:
    """Return the response for an HTTPError: {"detail": …}, and for invalid input also the places of all faults.

    With `problem` it has the form of RFC 9457. `status` is sent in the place of the error's own.
    """
    from portable.errors import InvalidInput

    status = error.status if status is None else status
    if error.status in BODILESS:
        return Response(b"", error.status, error.headers)
    reply: dict[str, Any] = {"detail": error.detail if error.detail is not None else f"HTTP {error.status}"}
    if isinstance(error, InvalidInput):
        reply["at"] = error.at
        reply["errors"] = error.errors
    if problem:
        reply = _problem(status, reply)
    try:
        made = Response.json(reply, status, error.headers)
    except (TypeError, ValueError, RecursionError):  # JSON cannot hold the detail, or a header is invalid
        made = Response.json({**reply, "detail": str(error.detail)}, status)
    if problem:
        made.headers = [(name, PROBLEM if name == "content-type" else value) for name, value in made.headers]
    return made


def _problem(status: int, reply: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a problem. A detail that is a mapping gives its own: `type`, `title` and extensions."""
    from http import HTTPStatus

    detail = reply.pop("detail")
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = f"HTTP {status}"
    own: dict[str, Any] = {"type": "about:blank", "title": title}
    if isinstance(detail, dict) and all(isinstance(name, str) for name in detail):
        own |= detail
    elif isinstance(detail, str):
        own["detail"] = detail
    else:
        own["value"] = detail
    return {**own, "status": status, **reply}
