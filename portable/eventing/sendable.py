"""Writes a payload that is neither bytes nor text as JSON, or names the field that would not arrive.

A dataclass, Struct or pydantic model, at any depth, is written by the codec that reads it. Other values are written as
plain JSON. Keys that are numbers, dates, UUIDs or enum members become text, and a typed handler reads them back. This
module is loaded only if such a payload is sent.
"""

from __future__ import annotations

from functools import lru_cache
from json import dumps, loads

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.base.codec import Codec


def to_json(payload: Any) -> bytes:
    """Return a payload as JSON. Raises InvalidValue naming a field that JSON cannot hold or that would not arrive."""
    codec = _codec_of(payload)
    if codec is not None:
        return codec.encode(payload)
    try:
        text = dumps(payload, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        if loads(text) != payload:
            # json.dumps alone is not enough: some keys are not text, or only a typed handler reads some values back
            text = dumps(_with_text_keys(payload, ""), default=_plain, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except InvalidValue:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        return _keyed(payload, error)


def _keyed(payload: Any, error: Exception) -> bytes:
    """Return a payload as JSON if only keys of a mapping were not text. Else raise InvalidValue naming the field."""
    from portable.base.compared import part_of, unwritable

    def written(value: Any) -> bytes:
        plain = _with_text_keys(value, "")
        return dumps(plain, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    try:
        return written(payload)
    except InvalidValue:
        raise
    except (TypeError, ValueError, RecursionError) as inner:
        if isinstance(inner, RecursionError):
            raise InvalidValue(
                "the payload cannot be written as JSON: it is nested too deeply or contains itself",
                payload,
            ) from error
        where, why = unwritable(payload, written, inner)
        said = f"the payload cannot be written as JSON: {where}{': ' if where else ''}{why}"
        raise InvalidValue(said, part_of(payload, where)) from error


def _codec_of(value: Any) -> Codec | None:
    """Return the codec of a dataclass, Struct or model, or None for any other value."""
    kind: Any = type(value)
    typed = any(hasattr(kind, mark) for mark in ("__dataclass_fields__", "__struct_fields__", "__pydantic_fields__"))
    return _codec(kind) if typed else None


@lru_cache(maxsize=256)
def _codec(kind: Any) -> Codec | None:
    """Return the codec of a class. None if no handler could read it typed, or if msgspec is not in this bundle."""
    from portable.base.codec import Codec

    if getattr(kind, "__parameters__", ()):
        return None  # a value of a generic class does not know its type argument
    try:
        return Codec(kind)
    except (TypeError, NameError):
        return None
    except ModuleNotFoundError as error:
        if error.name != "msgspec":
            raise
        return None


def _plain(value: Any) -> Any:
    """Return a JSON value for a value that json does not know. Raises TypeError, or InvalidValue for a field."""
    from portable.eventing.jsonable import plain

    if hasattr(value, "get_secret_value"):
        raise TypeError(f"a {type(value).__name__} cannot be stored or sent, because that would reveal the secret")
    codec = _codec_of(value)
    return plain(value) if codec is None else loads(codec.encode(value))


def _with_text_keys(value: Any, where: str) -> Any:
    """Return containers with text keys and other values unchanged. Raises InvalidValue for a key that has no text."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, item in value.items():
            text = key if type(key) is str else _key(key, where)
            if text in found:
                raise InvalidValue(f"{where or 'the payload'}: two keys become the same JSON key {text!r}", text)
            found[text] = _with_text_keys(item, f"{where}.{text}".removeprefix("."))
        return found
    if isinstance(value, (list, tuple)):
        return [_with_text_keys(item, f"{where}[{place}]") for place, item in enumerate(value)]
    return value


def _key(key: Any, where: str) -> str:
    from portable.eventing.jsonable import plain

    known = getattr(key, "_value_", key)  # an enum member is written as its value
    if isinstance(known, str):
        return str.__str__(known)
    if known is None or isinstance(known, (bool, tuple, frozenset, bytes)) or (known != known):
        raise InvalidValue(f"{where or 'the payload'}: the key {key!r} cannot be written as JSON", key)
    if isinstance(known, (int, float)):
        return repr(known)
    try:
        text = plain(known)
    except TypeError:
        text = None
    if not isinstance(text, str):
        raise InvalidValue(f"{where or 'the payload'}: the key {key!r} cannot be written as JSON", key)
    return text
