"""Multi-value mappings for query parameters, forms and headers, with Starlette's names."""

from __future__ import annotations

from portable.base.generic import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import ClassVar

    from portable.errors import MissingInput


TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""The characters allowed in the name of a header or cookie (RFC 9110, section 5.6.2)."""


def _missing(at: str) -> MissingInput:
    from portable.errors import MissingInput

    return MissingInput(at)


class MultiMap(Generic[T]):
    """Pairs in order. `m[key]` is the last value of the key, and `getlist` returns all of them.

    `m[key]` of a key that was not sent raises MissingInput, so that the client gets a 400. `place` is its first word.

    The first lookup of a key makes an index of all pairs, so reading every key costs no more than reading the pairs.
    The index has no container per key, because containers make many keys slow.
    """

    __slots__ = ("_last", "_lists", "_pairs")

    place: ClassVar[str] = "query"

    def __init__(self, pairs: list[tuple[str, T]]) -> None:
        self._pairs = pairs
        self._last: dict[str, T] | None = None
        self._lists: dict[str, list[T]] | None = None

    def _latest(self) -> dict[str, T]:
        """Return the last value of each key. The keys are in order of first appearance."""
        last = self._last
        if last is None:
            last = self._last = dict(self._pairs)
        return last

    def __getitem__(self, key: str) -> T:
        try:
            return self._latest()[key]
        except KeyError:
            raise _missing(f"{self.place}.{key}") from None

    def get(self, key: str, default: T | None = None) -> T | None:
        """Return the last value of `key`, or `default`."""
        return self._latest().get(key, default)

    def getlist(self, key: str) -> list[T]:
        """Return every value of `key`, in order."""
        latest = self._latest()
        if key not in latest:
            return []
        if len(latest) == len(self._pairs):
            return [latest[key]]
        if self._lists is None:
            self._lists = {}
            for name, value in self._pairs:
                self._lists.setdefault(name, []).append(value)
        return list(self._lists[key])

    def multi_items(self) -> list[tuple[str, T]]:
        """Return all pairs in order, including repeated keys."""
        return list(self._pairs)

    def keys(self) -> list[str]:
        """Return each key once, in order of first appearance."""
        return list(self._latest())

    def values(self) -> list[T]:
        """Return the last value of each key."""
        return list(self._latest().values())

    def items(self) -> list[tuple[str, T]]:
        """Return each key once with its last value."""
        return list(self._latest().items())

    def __iter__(self) -> Iterator[str]:
        return iter(self._latest())

    def __len__(self) -> int:
        return len(self._latest())

    def __contains__(self, key: object) -> bool:
        return key in self._latest()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.multi_items() == other.multi_items()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.multi_items()!r})"


class Headers(MultiMap[str]):
    """Header fields. Lookups ignore the case of names; names are stored in lower case.

    A repeated header is one value joined by ", " (RFC 9110 section 5.3); `cookie` is joined by "; ".
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def _latest(self) -> dict[str, str]:
        return self._fields

    def __getitem__(self, key: str) -> str:
        try:
            return self._fields[key.lower()]
        except KeyError:
            raise _missing(f"header.{key.lower()}") from None

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return the value of `key`, or `default`."""
        return self._fields.get(key.lower(), default)

    def getlist(self, key: str) -> list[str]:
        """Return the value of `key` in a list. The list is empty if the header was not sent."""
        found = self._fields.get(key.lower())
        return [] if found is None else [found]

    def multi_items(self) -> list[tuple[str, str]]:
        """Return all fields, in order."""
        return list(self._fields.items())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._fields


class Cookies(dict[str, str]):
    """The cookies of a request by name."""

    __slots__ = ()

    def __missing__(self, name: str) -> str:
        """Raise MissingInput, so that the client gets a 400."""
        raise _missing(f"cookie.{name}")


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return header pairs as one value per lower-case name. This is the form that `Headers` takes."""
    fields: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for name, value in pairs:
        key = name.lower()
        if key not in fields:
            fields[key] = value
        elif key in repeated:
            repeated[key].append(value)
        else:
            repeated[key] = [fields[key], value]
    for key, values in repeated.items():
        fields[key] = ("; " if key == "cookie" else ", ").join(values)
    return fields
