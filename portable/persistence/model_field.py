"""Takes one field of a pydantic model; returns its stored form, by the model's own validators and serializers."""

from __future__ import annotations

from portable.base.aliases import writes_aliases
from portable.base.codec_msgspec import plain
from portable.base.codec_pydantic import as_text, reader
from portable.base.compared import difference, part_of
from portable.errors import InvalidInput, InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def written(kind: Any, name: str, value: Any) -> tuple[Any] | None:
    """Return the plain form of a field whose Python name is `name`. None if only a whole model can be validated.

    Raises InvalidValue for a value that the field does not accept, or that would be read back as another value.
    """
    if kind.model_config.get("frozen") or kind.model_fields[name].frozen:
        return None
    try:
        made = _assigned(kind, name, value, None)
        dumped = kind.__pydantic_serializer__.to_python(
            made, include={name}, by_alias=writes_aliases(kind), round_trip=True, warnings="none"
        )
        stored = plain(next(iter(dumped.values())), as_text) if len(dumped) == 1 else None
        again = _assigned(kind, name, stored, False) if len(dumped) == 1 else kind.model_construct()
    except InvalidInput as error:
        if error.at == "body":  # a rule about several fields; the other fields are not known here
            return None
        where = error.at.removeprefix("body").removeprefix(".")
        raise InvalidValue(f"{where or name}: {error.detail}", part_of({name: value}, where)) from error
    except TypeError as error:
        raise InvalidValue(f"{name}: {error}", value) from error
    except Exception:  # noqa: BLE001 - a validator needs the whole model, which is not known here
        return None
    found = difference(getattr(made, name), getattr(again, name, None))
    if found is not None:
        where, why = found
        raise InvalidValue(f"{name}{'.' if where else ''}{where}: {why}", part_of(value, where))
    return (stored,)


def _assigned(kind: Any, name: str, value: Any, strict: bool | None) -> Any:
    """Return an empty model with one validated field."""
    made = kind.model_construct()
    assign = kind.__pydantic_validator__.validate_assignment
    reader(lambda given: assign(made, name, given, strict=strict))(value)
    return made
