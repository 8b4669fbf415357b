"""Decides who caused an invalid value: takes a request and a client's error; returns the 400 or 404, or None.

If a handler does not catch InvalidKey, InvalidValue or InvalidRange, and the refused value is or contains a value of
the request, the client caused the error. The reply is 404 for a value of the path, and 400 for any other value. If
several values of the request are contained, the longest one counts. In every other case the app caused the error, and
the reply is a 500. This module is loaded only after such an error.
"""

from __future__ import annotations

from portable.errors import HTTPError, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from portable.errors import InvalidArgument
    from portable.eventing.request import Request

_MOST = 10_000
"""How many values of a body are compared."""


def answer(request: Request, error: InvalidArgument) -> InvalidInput | None:
    """Return the error for the client if it sent the refused value, else None."""
    refused = error.value
    if refused is None:
        return None
    found = _place(request, refused)
    if found is None:
        return None
    return InvalidInput(str(error), found, 404 if found.startswith("path.") else 400)


def _place(request: Request, refused: Any) -> str | None:
    """Return the place of the refused value, or of the longest value that the refused value contains as text."""
    parts = list(refused) if isinstance(refused, tuple) else [refused]
    texts = [_text(part) for part in parts if not isinstance(part, (bytes, list, dict))]
    longest, found = 0, None
    for place, value, may_be_part in _values(request):
        if value in parts:
            return place
        if value is None or isinstance(value, (bytes, list, dict)):
            continue
        sent = _text(value)
        if sent in texts:
            return place
        if may_be_part and len(sent) >= max(longest, 1) and any(sent in text for text in texts):
            longest, found = len(sent), place
    return found


def _text(value: Any) -> str:
    """Return a value as a client writes it, in one case."""
    written = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return str(written).casefold()


def _values(request: Request) -> Iterator[tuple[str, Any, bool]]:
    """Yield (place, value, whether it may be part of the refused value) for everything that a handler could read."""
    for name, value in request.path_params.items():
        yield f"path.{name}", value, True
    for name, value in request.query.multi_items():
        yield f"query.{name}", value, True
    for place, value in _body(request):
        yield place, value, True
    for name, value in request.cookies.items():
        yield f"cookie.{name}", value, True
    for name, value in request.headers.multi_items():  # short values such as "1" and "*/*" are contained in many texts
        yield f"header.{name}", value, False


def _body(request: Request) -> Iterator[tuple[str, Any]]:
    """Yield the values of a body: of its JSON, of its form, or its bytes and text."""
    if not request.body:
        return
    media_type = request.media_type or ""
    try:
        if media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
            for name, value in request.form().multi_items():
                yield f"body.{name}", value if isinstance(value, str) else value.filename
                if not isinstance(value, str):
                    yield f"body.{name}", value.content
            return
        if media_type in ("", "application/json") or media_type.endswith("+json"):
            yield from _leaves(request.json())
            return
    except HTTPError:
        pass
    yield "body", request.body
    yield "body", request.body.decode("utf-8", "replace")


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value inside a JSON value with its place. Field names are included."""
    waiting = [("body", value)]
    for _ in range(_MOST):
        if not waiting:
            return
        place, found = waiting.pop()
        yield place, found
        if isinstance(found, dict):
            for name, item in found.items():
                yield f"{place}.{name}", name
                waiting.append((f"{place}.{name}", item))
        elif isinstance(found, list):
            waiting += [(f"{place}[{index}]", item) for index, item in enumerate(found)]
