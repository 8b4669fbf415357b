"""Decides who caused an invalid value: takes a request and a client's error; returns the 400, 404 or 413, or None.

If a handler does not catch InvalidKey, InvalidValue, InvalidRange or TooLarge, the client caused the error if it sent the
refused value: the value is or contains a value of the request, it is a part of one, or it is a dict with all fields of
one. The reply is 404 for a value of the path, 413 for one that is too large, and 400 for any other value. If several
values of the request are contained, the longest one counts. In every other case the app caused the error, and the reply
is a 500. This module is loaded only after such an error. The search costs what the bytes of the request cost.
"""

from __future__ import annotations

from portable.errors import HTTPError, InvalidInput, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from portable.errors import InvalidArgument
    from portable.eventing.request import Request

_MOST = 10_000
"""How many values of a body are compared."""
_SHORT = 1024
"""A text up to this length is searched for every value. In a longer text only values of a similar length are."""
_TELLING = 8
"""The smallest length of a refused text that counts as a part of a sent value. Shorter texts are parts of anything."""


def answer(request: Request, error: InvalidArgument | TooLarge) -> InvalidInput | None:
    """Return the error for the client if it sent the refused value, else None."""
    large = isinstance(error, TooLarge)
    if error.value is None and (large or "value" not in vars(error)):  # a null that was refused is a value
        return None
    parts = list(error.value) if isinstance(error.value, tuple) else [error.value]
    try:
        found = _place(request, _heavy(error.value) if large else parts, large=large)
    except RecursionError:  # only a client nests values so deeply
        found = "body"
    if found is None:
        return None
    return InvalidInput(str(error), found, 413 if large else 404 if found.startswith("path.") else 400)


def _heavy(value: Any) -> list[Any]:
    """Return a value that is too large, and the parts inside each other that are most of it."""
    from portable.base.compared import parts_of

    found, weight = [value], len(repr(value)) // 2
    while True:
        parts = [part for _, _, part in parts_of(found[-1]) or ()]
        heaviest = max(parts, key=lambda part: len(repr(part)), default=None)
        if heaviest is None or len(repr(heaviest)) < weight:
            return found
        found.append(heaviest)


def _place(request: Request, parts: list[Any], *, large: bool) -> str | None:
    """Return the place of a refused value, or of the longest value that a refused value contains as text.

    With `large` a contained value counts if it is at least half of the text.
    """
    texts = [_text(part) for part in parts if not isinstance(part, (bytes, list, dict))]
    longest, found = 0, None
    for place, value, may_be_part in _values(request):
        if _same(value, parts):
            return place
        if value is None or isinstance(value, (bytes, list, dict)):
            continue
        sent = _text(value)
        if sent in texts or (may_be_part and any(len(text) >= _TELLING and text in sent for text in texts)):
            return place
        if may_be_part and len(sent) >= max(longest, 1) and _contained(sent, texts, large=large):
            longest, found = len(sent), place
    return found


def _same(value: Any, parts: list[Any]) -> bool:
    """Return whether a value is one of the parts, or a dict whose fields one of them has with the same values."""
    if value in parts:
        return True
    if not isinstance(value, dict) or not value:
        return False
    return any(isinstance(part, dict) and all(part.get(name, part) == value[name] for name in value) for part in parts)


def _contained(sent: str, texts: list[str], *, large: bool) -> bool:
    share = 2 if large else 64
    return any(
        (len(sent) * share >= len(text) or (len(text) <= _SHORT and not large)) and sent in text for text in texts
    )


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
                    yield f"body.{name}", value.content_type
                    yield f"body.{name}", value.content
            return
        if media_type in ("", "application/json") or media_type.endswith("+json"):
            yield from _leaves(request.json())
            return
    except (HTTPError, ImportError):  # the readers of a body do not ship with an app whose handlers read none
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
