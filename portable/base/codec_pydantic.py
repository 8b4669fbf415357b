"""The codec of what only pydantic knows: its models and dataclasses, its types, and constraints of its `Field`."""

from __future__ import annotations

from portable.base.aliases import writes_aliases
from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class PydanticEngine:
    """Values of one type through pydantic. Raises TypeError for a type that it does not support.

    Computed fields are not written: they are computed again where the value is read. Fields go by their aliases,
    except in a type that reads its own names only. `from_json` returns the value that JSON says, `from_plain` the one
    that plain values say, `validated` one that is taken as the type declares it; each raises InvalidInput.
    """

    def __init__(self, kind: Any) -> None:
        from pydantic import PydanticUserError, TypeAdapter

        own = kind.__dict__ if isinstance(kind, type) and getattr(kind, "__pydantic_complete__", False) else {}
        if "__pydantic_validator__" in own:  # a model, or a dataclass of pydantic's: it has made both already
            validator, self._serializer = own["__pydantic_validator__"], own["__pydantic_serializer__"]
        else:
            try:
                adapter: Any = TypeAdapter(kind)
            except PydanticUserError as error:
                raise TypeError(str(error).partition("\n")[0]) from error
            validator, self._serializer = adapter.validator, adapter.serializer
        self._by_alias = writes_aliases(kind)
        self.from_json: Callable[[bytes], Any] = reader(validator.validate_json)
        # A strict type takes no text for a UUID from Python, but text is what was written.
        self.from_plain: Callable[[Any], Any] = reader(lambda value: validator.validate_python(value, strict=False))
        self.validated: Callable[[Any], Any] = reader(validator.validate_python)

    def to_json(self, value: Any) -> bytes:
        """Return a value as JSON."""
        return self._serializer.to_json(value, by_alias=self._by_alias, round_trip=True, warnings="none")  # type: ignore[no-any-return]

    def to_plain(self, value: Any) -> Any:
        """Return a value as plain values; keys of mappings become text."""
        from portable.base.codec_msgspec import plain

        dumped = self._serializer.to_python(value, by_alias=self._by_alias, round_trip=True, warnings="none")
        return plain(dumped, as_text)


def as_text(value: Any) -> Any:
    """Return what stands for a value that msgspec does not know: a URL as text. Raises TypeError for a secret."""
    from pydantic_core import to_jsonable_python

    if type(value).__name__.startswith("Secret"):
        raise TypeError(f"a {type(value).__name__} is not written: its value would leave the program")
    return to_jsonable_python(value)


def reader(validate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the validation with its error as an InvalidInput, the first one with its place."""
    from pydantic import ValidationError

    def read(given: Any) -> Any:
        try:
            return validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
            raise InvalidInput(first["msg"], f"body{place}") from None

    return read
