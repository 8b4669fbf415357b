"""Names of functions and resources: text in, the same text out, or a DeclarationError that says the rule."""

from __future__ import annotations

from portable.errors import DeclarationError

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
_REST = _FIRST | frozenset("0123456789-")


def check_name(what: str, name: object) -> str:
    """Return `name` when it is `[a-z][a-z0-9-]{1,39}`. Raises DeclarationError otherwise."""
    if isinstance(name, str) and 2 <= len(name) <= 40 and name[0] in _FIRST and _REST.issuperset(name):
        return name
    raise DeclarationError(
        f"{what} name {name!r} must be 2 to 40 characters: a lower case letter, then lower case letters, digits or -"
    )
