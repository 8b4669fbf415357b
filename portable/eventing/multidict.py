"""Multi-value mappings for query parameters, forms and headers, with Starlette's names."""

from __future__ import annotations

from portable.base.generic import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Characters of a header's or cookie's name (RFC 9110, section 5.6.2)."""


class MultiMap(Generic[T]):
    """Pairs in order. `m[key]` is the last value of the key; `getlist` gives all of them."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: list[tuple[str, T]]) -> None:
        self._pairs = pairs

    def _name(self, key: str) -> str:
        return key

    def __getitem__(self, key: str) -> T:
        key = self._name(key)
        for name, value in reversed(self._pairs):
            if name == key:
                return value
        raise KeyError(key)

    def get(self, key: str, default: T | None = None) -> T | None:
        """Return the last value of `key`, or `default`."""
        try:
            return self[key]
        except KeyError:
            return default

    def getlist(self, key: str) -> list[T]:
        """Return every value of `key`, in order."""
        key = self._name(key)
        return [value for name, value in self._pairs if name == key]

    def multi_items(self) -> list[tuple[str, T]]:
        """Return all pairs, in order, repeats included."""
        return list(self._pairs)

    def keys(self) -> list[str]:
        """Return each key once, in order of first appearance."""
        return list(dict.fromkeys(name for name, _ in self._pairs))

    def values(self) -> list[T]:
        """Return the last value of each key."""
        return [self[key] for key in self.keys()]

    def items(self) -> list[tuple[str, T]]:
        """Return each key once with its last value."""
        return [(key, self[key]) for key in self.keys()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and any(name == self._name(key) for name, _ in self._pairs)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.multi_items() == other.multi_items()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.multi_items()!r})"


class Headers(MultiMap[str]):
    """Header fields; names ignore case and read back in lower case.

    A header that was sent several times is one value joined by ", " (RFC 9110 section 5.3), `cookie` by "; ".
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    @property
    def _pairs(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return list(self._fields.items())

    def _name(self, key: str) -> str:
        return key.lower()

    def __getitem__(self, key: str) -> str:
        return self._fields[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._fields


def join_headers(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return header pairs as one value per lower-case name, the form `Headers` takes."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        if key in fields:
            fields[key] += ("; " if key == "cookie" else ", ") + value
        else:
            fields[key] = value
    return fields
