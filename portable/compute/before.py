"""Checks what a `before=` function or an error reply returned. Only functions that have one load this module."""

from __future__ import annotations

from portable.eventing.response import Response


def reply(value: object, name: str) -> Response:
    """Return the response that a function gave. Raises TypeError for anything else, which would be sent as a success."""
    if isinstance(value, Response):
        return value
    raise TypeError(f"{name} must return a Response, not {type(value).__name__}")
