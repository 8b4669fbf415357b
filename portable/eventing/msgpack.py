"""MessagePack beside JSON, by Accept and Content-Type. Only apps with `msgpack = true` load this module.

A result that would be JSON is sent as MessagePack to a client that wants it more. A body that comes as MessagePack is
checked as its JSON would be.
"""

from __future__ import annotations

from portable.errors import InvalidInput
from portable.eventing import payload
from portable.eventing.accepting import quality
from portable.eventing.response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.request import Request

MEDIA_TYPE = "application/msgpack"
NAMES = (MEDIA_TYPE, "application/x-msgpack", "application/vnd.msgpack")
_RANGES = ("application/*", "*/*")


def negotiated(request: Request, value: Any) -> Any:
    """Return a handler's result in the form that the client wants more; JSON where it wants both alike."""
    if value is None or isinstance(value, (Response, str, bytes, bytearray, memoryview)) or type(value) is tuple:
        return value
    accept = request.headers.get("accept")
    vary = {"vary": "Accept"}
    wanted = max(quality(accept, name, ranges=()) for name in NAMES)
    if wanted <= 0 or wanted <= quality(accept, "application/json", ranges=()):
        return Response.json(value, headers=vary)
    from msgspec import msgpack

    from portable.eventing.jsonable import plain

    try:
        packed = msgpack.encode(value, enc_hook=plain)
    except OverflowError:  # an int of more than 64 bits
        return Response.json(value, headers=vary)
    return Response(packed, 200, vary, MEDIA_TYPE)


def body(sent: bytes, media_type: str | None, decode: Callable[[bytes], Any]) -> Any:
    """Return a typed body that came as JSON or MessagePack. Raises InvalidInput: 415 for another type, 400 for its value."""
    if media_type not in NAMES:
        return payload.body(sent, media_type, decode)
    from msgspec import DecodeError, json, msgpack

    try:
        found = json.encode(msgpack.decode(sent))
    except (DecodeError, ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(f"must be MessagePack: {error}", "body") from None
    return decode(found)
