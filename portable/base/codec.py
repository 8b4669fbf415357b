"""One codec per type: values of it in, JSON or plain values out, and back. Messages, rows and typed bodies share it.

msgspec does the work, pydantic for the types that only it knows. What is written is read back at once and compared, so
what would arrive as something else is refused by the writer, with the field's name. Loaded only for typed values.
"""

from __future__ import annotations

from portable.errors import InvalidInput, InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Engine(Protocol):
        """The half that knows the library; writing may raise whatever the library raises."""

        from_json: Callable[[bytes], Any]
        """JSON -> the value. Raises InvalidInput with the place, which begins with `body`."""
        from_plain: Callable[[Any], Any]
        """Dicts, lists and scalars, with bytes, datetime and Decimal as they are -> the value. Raises InvalidInput."""

        def to_json(self, value: Any) -> bytes:
            """Return a value as JSON."""
            ...

        def to_plain(self, value: Any) -> Any:
            """Return a value as what `from_plain` takes."""
            ...


class Codec:
    """Writes and reads the values of one type."""

    def __init__(self, kind: Any) -> None:
        """Make the codec of a type. Raises TypeError for a type that its library cannot read."""
        from portable.base.typed import needs_pydantic

        self.kind = kind
        self.engine = engine(kind, pydantic=needs_pydantic(kind))

    def encode(self, value: Any) -> bytes:
        """Return a value as JSON that is read back equal. Raises InvalidValue naming the field that is not."""
        return self._written(value, self.engine.to_json, self.engine.from_json)  # type: ignore[no-any-return]

    def decode(self, body: bytes) -> Any:
        """Return the value that JSON says. Raises InvalidInput with the place of the fault."""
        return self.engine.from_json(body)

    def to_plain(self, value: Any) -> Any:
        """Return a value as plain values that are read back equal. Raises InvalidValue naming the field that is not."""
        return self._written(value, self.engine.to_plain, self.engine.from_plain)

    def from_plain(self, plain: Any) -> Any:
        """Return the value that plain values say. Raises InvalidValue naming the field that does not fit."""
        try:
            return self.engine.from_plain(plain)
        except InvalidInput as error:
            raise InvalidValue(told(error, self.kind)) from error

    def _written(self, value: Any, write: Any, read: Any) -> Any:
        from portable.base.compared import difference, unwritable

        try:
            written = write(value)
        except Exception as error:
            where, why = unwritable(value, write, error)
            raise InvalidValue(f"{where or named(self.kind)}: {why}") from error
        try:
            arrived = read(written)
        except InvalidInput as error:
            raise InvalidValue(told(error, self.kind)) from error
        except Exception as error:
            raise InvalidValue(f"{named(self.kind)}: it is written, but reading it raises {error!r}") from error
        found = difference(value, arrived)
        if found is not None:
            raise InvalidValue(f"{found[0] or named(self.kind)}: {found[1]}")
        return written


def engine(kind: Any, *, pydantic: bool) -> Engine:
    """Return the engine of a type."""
    if pydantic:
        from portable.base.codec_pydantic import PydanticEngine

        return PydanticEngine(kind)
    from portable.base.codec_msgspec import MsgspecEngine

    return MsgspecEngine(kind)


def named(kind: Any) -> str:
    """Return a type's name for a message."""
    return str(getattr(kind, "__name__", kind))


def told(error: InvalidInput, kind: Any) -> str:
    """Return what an engine says of a place in a body, about a field: "items[0].price: Expected `int`"."""
    return f"{error.at.removeprefix('body').removeprefix('.') or named(kind)}: {error.detail}"
