"""Reads and writes types that msgspec knows: dataclasses, TypedDicts, Structs, enums, times, numbers, containers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

NATIVE = (bytes, datetime, Decimal)
"""Types that plain values keep unchanged, because every store can hold them."""
_SCALARS = frozenset((str, int, float, bool, type(None), *NATIVE))


class MsgspecEngine:
    """Reads and writes values of one type with msgspec. Raises TypeError for a type that msgspec does not support.

    `from_json` reads JSON, `from_plain` reads plain values. Both raise InvalidInput.
    """

    def __init__(self, kind: Any) -> None:
        self.from_json: Callable[[bytes], Any] = _json_reader(kind)
        self.from_plain: Callable[[Any], Any] = _reader(lambda value: msgspec.convert(value, kind, str_keys=True))

    def to_json(self, value: Any) -> bytes:
        """Return a value as JSON."""
        return msgspec.json.encode(completed(value))

    def to_plain(self, value: Any) -> Any:
        """Return a value as plain values. Keys of mappings become text."""
        return plain(value)


def _reader(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(given: Any) -> Any:
        try:
            return decode(given)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            from portable.base.codec_faults import placed

            place, detail = placed(error, "body")
            raise InvalidInput(detail, place) from None

    return read


def _json_reader(kind: Any) -> Callable[[bytes], Any]:
    """Return a decoder of JSON. Its error has all faults of the value, which are searched only after the first one."""
    decode = msgspec.json.Decoder(kind).decode

    def read(body: bytes) -> Any:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            from portable.base.codec_faults import faults_of_json, placed

            first = placed(error, "body")
            found = faults_of_json(kind, body) or [first]
            (place, detail), *others = sorted(found, key=lambda fault: fault != first)  # msgspec's own one goes first
            raise InvalidInput(detail, place, others=others) from None

    return read


def plain(value: Any, hook: Callable[[Any], Any] | None = None) -> Any:
    """Return a value as plain values. `hook` converts types that msgspec does not know."""
    completed(value)
    try:
        return _listed(msgspec.to_builtins(value, builtin_types=NATIVE, str_keys=True, enc_hook=hook))
    except TypeError:
        # A key is a time, a Decimal or bytes. msgspec writes such a key as text only when no native types are kept.
        return _listed(msgspec.to_builtins(value, builtin_types=NATIVE, enc_hook=hook))


def completed(value: T) -> T:
    """Return a value whose dataclasses, at any depth, hold each of their fields.

    msgspec leaves a field that it did not read to the default of the class, and writes only what the object itself
    holds. So a dataclass that was read and is written again would lose these fields.
    """
    waiting: list[Any] = [value]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if kind in _SCALARS or id(part) in seen:
            continue
        seen.add(id(part))
        if hasattr(kind, "__dataclass_fields__"):
            waiting.extend(_complete(part))
        elif hasattr(kind, "__struct_fields__"):
            waiting.extend(getattr(part, name, None) for name in kind.__struct_fields__)
        elif isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple, set, frozenset)):
            waiting.extend(part)
    return value


def _complete(part: Any) -> list[Any]:
    """Give a dataclass each field that only its class has. Return what its fields hold."""
    from dataclasses import fields

    held = getattr(part, "__dict__", {})
    found = {field.name: getattr(part, field.name) for field in fields(part) if hasattr(part, field.name)}
    held.update((name, item) for name, item in found.items() if name not in held)
    return list(found.values())


def _listed(value: Any) -> Any:
    """Return containers as lists and as dicts with text keys."""
    kind = type(value)
    if kind is dict:
        return {key if type(key) is str else _key(key): _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if kind is list or kind is tuple else value


def _key(key: Any) -> str:
    return str(next(iter(msgspec.to_builtins({key: 0}, str_keys=True))))
