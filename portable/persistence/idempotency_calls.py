"""Generated calls made idempotent: a call `(event, context)` in, one with the same form and one effect for each key out.

Loaded only by entries of functions that declare `idempotent=`. On hosts that await, the records are read and written in
threads.
"""

from __future__ import annotations

from hashlib import sha256

from portable.base.threads import Threads
from portable.errors import HTTPError, InvalidValue
from portable.eventing.response import Response, to_response
from portable.persistence.idempotency_records import Claim, Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable.persistence.idempotency import Idempotent

LARGEST = 320 * 1024
"""Bytes of a response's body that a record keeps: a row has at most 390 KiB."""
_KEY_BYTES = 255
_HEADER = "idempotency-key"


class MessageCall:
    """The call of a message function, `call(message, context)`, once for each key.

    Raises InProgress while another delivery runs; `skipped` tells `portable.compute.consume` how many did so.
    """

    def __init__(
        self,
        call: Callable[[Any, Any], Any],
        declared: Idempotent,
        function: str,
        drivers: Drivers,
        decode: Callable[[bytes], Any] | None = None,
    ) -> None:
        """`decode` makes the payload that `declared.key` sees."""
        self._call = call
        self._declared = declared
        self._function = function
        self._decode = decode
        self._records = Records(declared, drivers)

    def __call__(self, message: Message[bytes], context: Context) -> None:
        """Handle a message, unless it was handled."""
        claim = self._claim(message, context)
        if claim is None:
            return
        try:
            self._call(message, context)
        except BaseException:
            self._records.abandon(claim)
            raise
        self._records.finish(claim, _now(context), {})

    def skipped(self, message: Message[bytes]) -> int:
        """Return how many deliveries of a message found it being handled: they were no attempts."""
        return self._records.busy(self._key(message))

    def _claim(self, message: Message[bytes], context: Context) -> Claim | None:
        now = _now(context)
        found = self._records.claim(self._key(message), now, now + context.remaining(), None)
        return found if isinstance(found, Claim) else None

    def _key(self, message: Message[bytes]) -> str:
        chosen = self._declared.key
        if chosen is None:
            return record_key(self._function, getattr(message, "id", None))
        return record_key(self._function, chosen(message if self._decode is None else message.decoded(self._decode)))


class AsyncMessageCall(MessageCall):
    """`MessageCall` for a host that awaits."""

    def __init__(
        self,
        call: Callable[[Any, Any], Any],
        declared: Idempotent,
        function: str,
        drivers: Drivers,
        decode: Callable[[bytes], Any] | None = None,
    ) -> None:
        super().__init__(call, declared, function, drivers, decode)
        self._threads = Threads()

    async def __call__(self, message: Message[bytes], context: Context) -> None:  # type: ignore[override]
        """Handle a message, unless it was handled."""
        run = self._threads.run
        claim = await run(self._claim, message, context)
        if claim is None:
            return
        try:
            value = self._call(message, context)
            if hasattr(value, "__await__"):
                await value
        except BaseException:
            await run(self._records.abandon, claim)
            raise
        await run(self._records.finish, claim, _now(context), {})


class RequestCall:
    """The call of an HTTP function, `call(request, context)`, once for each key; later the stored response."""

    def __init__(self, call: Callable[[Any, Any], Any], declared: Idempotent, function: str, drivers: Drivers) -> None:
        self._call = call
        self._declared = declared
        self._function = function
        self._records = Records(declared, drivers)

    def __call__(self, request: Any, context: Context) -> Any:
        """Answer a request, or as it was answered. Raises InProgress (409) while another one runs, 422 for a misuse."""
        found = self._claim(request, context)
        if not isinstance(found, Claim):
            return self._call(request, context) if found is None else found
        try:
            response = to_response(self._call(request, context))
        except BaseException:
            self._records.abandon(found)
            raise
        self._records.finish(found, _now(context), stored(response))
        return response

    def _claim(self, request: Any, context: Context) -> Claim | Response | None:
        """Return a claim, the stored response, or None for a request without a key."""
        chosen = self._declared.key
        key = request.headers.get(_HEADER) if chosen is None else chosen(request)
        if chosen is None and not key:
            return None
        digest = _digest(request) if chosen is None else None
        now = _now(context)
        found = self._records.claim(record_key(self._function, key), now, now + context.remaining(), digest)
        if isinstance(found, Claim):
            return found
        if found.get("request") != digest:
            raise HTTPError(422, "this idempotency key was used for another request")
        return restored(found["result"])


class AsyncRequestCall(RequestCall):
    """`RequestCall` for a host that awaits."""

    def __init__(self, call: Callable[[Any, Any], Any], declared: Idempotent, function: str, drivers: Drivers) -> None:
        super().__init__(call, declared, function, drivers)
        self._threads = Threads()

    async def __call__(self, request: Any, context: Context) -> Any:
        """Answer a request, or as it was answered. Raises InProgress (409) while another one runs, 422 for a misuse."""
        run = self._threads.run
        found = await run(self._claim, request, context)
        if isinstance(found, Response):
            return found
        try:
            value = self._call(request, context)
            if hasattr(value, "__await__"):
                value = await value
            response = to_response(value)
        except BaseException:
            if found is not None:
                await run(self._records.abandon, found)
            raise
        if found is not None:
            await run(self._records.finish, found, _now(context), stored(response))
        return response


def record_key(function: str, key: object) -> str:
    """Return the key of a record: the function's name and the key, hashed when it is longer than a table's key may be."""
    if key is None or key == "":
        raise InvalidValue(f"the idempotency key of {function} is {key!r}: it must be text or a number")
    text = f"{function}/{key}"
    if len(text.encode("utf-8", "surrogatepass")) <= _KEY_BYTES and text.isprintable():
        return text
    return f"{function}/sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def stored(response: Response) -> dict[str, Any]:
    """Return a response as a value that a row keeps."""
    body = response.body
    kept: dict[str, Any] = {
        "status": response.status,
        "headers": [[name, value] for name, value in response.headers],
        "cookies": list(response.cookies),
    }
    if len(body) > LARGEST:
        kept["large"] = len(body)
    elif response.text_body is not None:
        kept["text"] = response.text_body
    else:
        kept["body"] = body
    return kept


def restored(kept: dict[str, Any]) -> Response:
    """Return the response that `stored` kept. Raises HTTPError 409 when it was too large to keep."""
    if "large" in kept:
        raise HTTPError(409, f"the request was done, its response of {kept['large']} bytes was too large to keep")
    content = kept["text"] if "text" in kept else kept["body"]
    response = Response(content, kept["status"], [(name, value) for name, value in kept["headers"]])
    response.cookies.extend(kept["cookies"])
    return response


def _digest(request: Any) -> str:
    found = sha256()
    for part in (request.method, request.path, repr(sorted(request.query.multi_items()))):
        found.update(part.encode("utf-8", "surrogatepass") + b"\0")
    found.update(request.body)
    return found.hexdigest()


def _now(context: Context) -> float:
    """Return the time by the clock that the context's deadline is told in, in epoch seconds."""
    return context._ends - context.remaining()
