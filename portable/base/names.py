"""Checks names of functions and resources: returns the name, or raises a DeclarationError that states the rule."""

from __future__ import annotations

from portable.errors import DeclarationError

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
_REST = _FIRST | frozenset("0123456789-")


def check_name(what: str, name: object) -> str:
    """Return `name` if it matches `[a-z][a-z0-9-]{1,39}`. Raises DeclarationError otherwise."""
    if isinstance(name, str) and 2 <= len(name) <= 40 and name[0] in _FIRST and _REST.issuperset(name):
        return name
    raise DeclarationError(
        f"{what} name {name!r} must have 2 to 40 characters: a lower case letter, then lower case letters, digits or -"
    )
