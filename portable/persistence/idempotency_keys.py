"""Makes the key of a record from the function's name, the caller, and the result of the key function with its type.

`1` and `"1"` are different keys, and two different keys never share a record. If a key contains a caller, only its hash
is stored.
"""

from __future__ import annotations

from hashlib import sha256

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY_BYTES = 255
_PLAIN = ("int", "float", "bool", "Decimal", "UUID", "date", "datetime")
"""The types whose values have different texts."""


def record_key(function: str, key: object, caller: object = None) -> str:
    """Return the key of a record. `caller` is the owner of the stored result, or None for everyone.

    Raises InvalidValue for a key that is None or empty, or whose type has a text that may differ from call to call.
    """
    text = f"{function}/{_text(function, key)}"
    if caller is None and len(text.encode("utf-8", "surrogatepass")) <= _KEY_BYTES and text.isprintable():
        return text
    whole = text if caller is None else repr((text, _text(function, caller)))
    return f"{function}/sha256:{sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()}"


def is_missing(key: object) -> bool:
    """Return whether a key function returned nothing."""
    return key is None or key in ("", b"", (), [])


def request_digest(request: Any) -> str:
    """Return a digest of the method, path, query and body of a request."""
    found = sha256()
    for part in (request.method, request.path, repr(sorted(request.query.multi_items()))):
        found.update(part.encode("utf-8", "surrogatepass") + b"\0")
    found.update(request.body)
    return found.hexdigest()


def _text(function: str, key: object) -> str:
    if is_missing(key):
        raise InvalidValue(f"the idempotency key of {function} is {key!r}. It must be text, a number or a UUID")
    if isinstance(key, str):
        text = str.__str__(key)
        return f"str:{text}" if ":" in text else text  # the text of all other types begins with their name and a colon
    if isinstance(key, (bytes, bytearray)):
        return f"bytes:{bytes(key).hex()}"
    if isinstance(key, (tuple, list)):
        parts = [f"missing:{part!r}" if is_missing(part) else _text(function, part) for part in key]
        return f"tuple:{parts!r}"
    kind = type(key).__name__
    if kind in _PLAIN and type(key).__module__ in ("builtins", "decimal", "uuid", "datetime"):
        return f"{kind}:{key}"
    value = getattr(key, "value", None)  # an enum member
    if hasattr(type(key), "__members__") and not is_missing(value):
        return f"enum:{kind}.{_text(function, value)}"
    raise InvalidValue(
        f"the idempotency key of {function} is a {kind}. Return text, a number, a UUID, a date or a tuple of these"
    )
