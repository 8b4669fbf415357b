"""A type -> the field that may hold the longest text, as its max_length says: what is compared with the limits of messages and rows."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

from portable.base.typed import behind, field_types

Longest = tuple[str, int]
"""The path of a field, such as "lines[].text", and the most characters or bytes that its type allows."""


def longest_text(kind: Any) -> Longest | None:
    """Return the longest of the texts and bytes whose length a type limits; None where it limits none.

    A text without a limit says nothing about what will be sent, so it does not count.
    """
    return max(_limited(kind, "", set()), key=lambda found: found[1], default=None)


def _limited(kind: Any, path: str, seen: set[Any]) -> Iterator[Longest]:
    """Yield each limited text below a type. What was seen is not entered again: types may name themselves."""
    if behind(kind) is not kind:
        if kind not in seen:
            seen.add(kind)
            yield from _limited(behind(kind), path, seen)
        return
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        most = min(_lengths(kind.__metadata__), default=None)
        if most is not None and _is_text(kind.__origin__):
            yield path, most
        yield from _limited(kind.__origin__, path, seen)
        return
    items = isinstance(origin, type) and issubclass(origin, Iterable)
    for part in typing.get_args(kind):
        yield from _limited(part, f"{path}[]" if items else path, seen)
    found = origin or kind
    if isinstance(found, type) and found not in seen:
        seen.add(found)
        for name, hint in field_types(found).items():
            yield from _limited(hint, f"{path}.{name}" if path else name, seen)


def _lengths(marks: Iterable[Any]) -> Iterator[int]:
    """Yield each max_length of msgspec, of pydantic's Field, and of annotated_types."""
    for mark in marks:
        most = getattr(mark, "max_length", None)
        if isinstance(most, int):
            yield most
        yield from _lengths(getattr(mark, "metadata", None) or ())


def _is_text(kind: Any) -> bool:
    """Say whether a type is text or bytes, or None beside it: the length of a list counts its items."""
    kind = behind(kind)
    parts = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else ()
    return kind in (str, bytes) or any(map(_is_text, parts))
