"""Reads and writes types that only pydantic knows: its models, dataclasses, own types and `Field` constraints."""

from __future__ import annotations

from portable.base.aliases import writes_aliases
from portable.errors import MOST_FAULTS, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class PydanticEngine:
    """Reads and writes values of one type with pydantic. Raises TypeError for a type that pydantic does not support.

    Computed fields are not written, because the reader computes them again. Fields are written by their aliases, except
    for a type that reads only its Python names. `from_json` reads JSON, `from_plain` reads plain values, and
    `validated` checks a value against the declared type. Each raises InvalidInput.
    """

    def __init__(self, kind: Any) -> None:
        from pydantic import PydanticUserError, TypeAdapter

        own = kind.__dict__ if isinstance(kind, type) and getattr(kind, "__pydantic_complete__", False) else {}
        if "__pydantic_validator__" in own:  # a pydantic model or dataclass has both already
            validator, self._serializer = own["__pydantic_validator__"], own["__pydantic_serializer__"]
        else:
            try:
                adapter: Any = TypeAdapter(kind)
            except PydanticUserError as error:
                raise TypeError(str(error).partition("\n")[0]) from error
            validator, self._serializer = adapter.validator, adapter.serializer
        self._by_alias = writes_aliases(kind)
        self.from_json: Callable[[bytes], Any] = reader(validator.validate_json)
        # In Python mode a strict type refuses text for a UUID, but the UUID was written as text.
        self.from_plain: Callable[[Any], Any] = reader(lambda value: validator.validate_python(value, strict=False))
        self.validated: Callable[[Any], Any] = reader(validator.validate_python)

    def to_json(self, value: Any) -> bytes:
        """Return a value as JSON."""
        return self._serializer.to_json(value, by_alias=self._by_alias, round_trip=True, warnings="none")  # type: ignore[no-any-return]

    def to_plain(self, value: Any) -> Any:
        """Return a value as plain values. Keys of mappings become text."""
        from portable.base.codec_msgspec import plain

        dumped = self._serializer.to_python(value, by_alias=self._by_alias, round_trip=True, warnings="none")
        return plain(dumped, as_text)


def as_text(value: Any) -> Any:
    """Return the text of a value that msgspec does not know, such as a URL. Raises TypeError for a secret."""
    from pydantic_core import to_jsonable_python

    if type(value).__name__.startswith("Secret"):
        raise TypeError(f"a {type(value).__name__} cannot be stored or sent, because that would reveal the secret")
    return to_jsonable_python(value)


def reader(validate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that validates. It raises InvalidInput with the errors and their places, 100 at most."""
    from pydantic import ValidationError

    def read(given: Any) -> Any:
        try:
            return validate(given)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            (place, detail), *others = [(_place(each["loc"]), each["msg"]) for each in found[:MOST_FAULTS]]
            raise InvalidInput(detail, place, others=others) from None

    return read


def _place(location: tuple[int | str, ...]) -> str:
    return "body" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
