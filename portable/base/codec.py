"""One codec per type: writes values as JSON or plain values, and reads them back. Messages, rows and bodies use it.

msgspec does the work, and pydantic does it for types that only pydantic knows. Every written value is read back at once
and compared. If it would arrive as another value, the writer refuses it and names the field. This module is loaded only
for typed values.
"""

from __future__ import annotations

from portable.errors import InvalidInput, InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Engine(Protocol):
        """The part that uses the library. Writing may raise any error of the library."""

        from_json: Callable[[bytes], Any]
        """Reads a value from JSON. Raises InvalidInput with the place, which begins with `body`."""
        from_plain: Callable[[Any], Any]
        """Reads a value from dicts, lists and scalars; bytes, datetime and Decimal stay. Raises InvalidInput."""

        def to_json(self, value: Any) -> bytes:
            """Return a value as JSON."""
            ...

        def to_plain(self, value: Any) -> Any:
            """Return a value in the form that `from_plain` takes."""
            ...


class Codec:
    """Writes and reads the values of one type."""

    def __init__(self, kind: Any) -> None:
        """Make the codec of a type. Raises TypeError if the library does not support the type."""
        from portable.base.typed import needs_pydantic

        self.kind = kind
        self.engine = engine(kind, pydantic=needs_pydantic(kind))

    def encode(self, value: Any) -> bytes:
        """Return a value as JSON. Raises InvalidValue naming the first field that would not be read back equal."""
        return self._written(value, self.engine.to_json, self.engine.from_json)  # type: ignore[no-any-return]

    def decode(self, body: bytes) -> Any:
        """Return the value of a JSON text. Raises InvalidInput with the place of the fault."""
        return self.engine.from_json(body)

    def to_plain(self, value: Any) -> Any:
        """Return a value as plain values.

        Raises InvalidValue naming the first field that would not be read back equal.
        """
        return self._written(value, self.engine.to_plain, self.engine.from_plain)

    def from_plain(self, plain: Any) -> Any:
        """Return the value of plain values. Raises InvalidValue naming the field that does not fit."""
        try:
            return self.engine.from_plain(plain)
        except InvalidInput as error:
            raise refused(error, self.kind, plain) from error

    def _written(self, value: Any, write: Any, read: Any) -> Any:
        from portable.base.compared import difference, part_of, unwritable

        try:
            written = write(value)
        except Exception as error:
            where, why = unwritable(value, write, error)
            raise InvalidValue(f"{where or named(self.kind)}: {why}", part_of(value, where)) from error
        try:
            arrived = read(written)
        except InvalidInput as error:
            raise refused(error, self.kind, value) from error
        except Exception as error:
            raise InvalidValue(
                f"{named(self.kind)}: it can be written, but reading it back raises {error!r}", value
            ) from error
        found = difference(value, arrived)
        if found is not None:
            raise InvalidValue(f"{found[0] or named(self.kind)}: {found[1]}", part_of(value, found[0]))
        return written


def engine(kind: Any, *, pydantic: bool) -> Engine:
    """Return the engine of a type."""
    if pydantic:
        from portable.base.codec_pydantic import PydanticEngine

        return PydanticEngine(kind)
    from portable.base.codec_msgspec import MsgspecEngine

    return MsgspecEngine(kind)


def named(kind: Any) -> str:
    """Return the name of a type for an error message."""
    return str(getattr(kind, "__name__", kind))


def refused(error: InvalidInput, kind: Any, value: Any) -> InvalidValue:
    """Return an engine's error as one that names the field, such as "items[0].price: Expected `int`", and holds its value."""
    from portable.base.compared import part_of

    where = error.at.removeprefix("body").removeprefix(".")
    return InvalidValue(f"{where or named(kind)}: {error.detail}", part_of(value, where))
