"""Makes generated calls idempotent: takes a call `(event, context)`, returns a call with one effect for each key.

This module is loaded only by entries of functions that declare `idempotent=`. On hosts that await, records are read and
written in threads.
"""

from __future__ import annotations

from functools import cached_property

from portable.base.steps import do, do_async
from portable.base.threads import Threads
from portable.errors import HTTPError, InProgress, InvalidInput
from portable.eventing.response import Response, to_response
from portable.persistence.idempotency_keys import is_missing, record_key, request_digest
from portable.persistence.idempotency_records import Claim, Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.base.steps import Steps
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable.persistence.idempotency import Idempotent
    from portable.persistence.idempotency_records import History

    Run = Callable[..., Any]

LARGEST = 320 * 1024
"""The largest body of a response that a record stores, in bytes. A row has at most 390 KiB."""
_HEADER = "idempotency-key"
_CALLER = "authorization"
"""The caller for a route without a scope. A route that reads its caller must have one (`tooling.app.idempotency`)."""


class _Kept:
    """The call of a function whose results are kept."""

    def __init__(self, call: Callable[[Any, Any], Any], declared: Idempotent, function: str, drivers: Drivers) -> None:
        self._call = call
        self._declared = declared
        self._function = function
        self._records = Records(declared, drivers)

    @cached_property
    def _run(self) -> Run:
        """Reads and writes records on a host that awaits."""
        return Threads().run


class MessageCall(_Kept):
    """The call of a message function, `call(message, context)`. It runs once for each key.

    Raises InProgress while another delivery runs, or if another delivery has taken the key over. The message is then
    redelivered and finds the result of the other one. `history` returns to `portable.compute.consume` what happened
    before.
    """

    def __init__(
        self,
        call: Callable[[Any, Any], Any],
        declared: Idempotent,
        function: str,
        drivers: Drivers,
        decode: Callable[[bytes], Any] | None = None,
    ) -> None:
        """`decode` makes the payload that `declared.key` gets."""
        super().__init__(call, declared, function, drivers)
        self._decode = decode

    def __call__(self, message: Message[bytes], context: Context) -> None:
        """Handle a message, unless it was handled before."""
        do(self._handling(message, context, _here))

    def history(self, message: Message[bytes], context: Context) -> Any:
        """Return the `History` of a message, or an awaitable of it. Raises the errors of the key function."""
        return self._history(message, context)

    def _handling(self, message: Message[bytes], context: Context, run: Run) -> Steps[None]:
        """The steps of a call. `run` reads and writes records."""
        claim = yield run(self._claim, message, context)
        if claim is None:
            return
        try:
            with _Fenced(context, claim):
                yield self._call(message, context)
        except BaseException:
            yield run(self._records.abandon, claim)
            raise
        yield run(self._finish, claim, context)

    def _history(self, message: Message[bytes], context: Context) -> History:
        return self._records.history(self._key(message), _now(context))

    def _finish(self, claim: Claim, context: Context) -> None:
        if not self._records.finish(claim, _now(context), {}):
            raise InProgress(claim.key, 1)

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

    async def __call__(self, message: Message[bytes], context: Context) -> None:  # type: ignore[override]
        """Handle a message, unless it was handled before."""
        await do_async(self._handling(message, context, self._run))

    async def history(self, message: Message[bytes], context: Context) -> Any:
        """Return the `History` of a message. Raises the errors of the key function."""
        return await self._run(self._history, message, context)


class Unkept(Response):
    """A response that a function of `before=` gave instead of the handler. It is sent and not stored."""

    __slots__ = ()

    def __init__(self, response: Response) -> None:
        for name in Response.__slots__:
            setattr(self, name, getattr(response, name))


class RequestCall(_Kept):
    """The call of an HTTP function, `call(request, context)`.

    It runs once for each key, then returns the stored response.
    """

    def __call__(self, request: Any, context: Context) -> Any:
        """Return the response, new or stored.

        Raises InProgress (409) while another request runs, 422 for a misused key.
        """
        return do(self._handling(request, context, _here))

    def _handling(self, request: Any, context: Context, run: Run) -> Steps[Any]:
        """The steps of a call. `run` reads and writes records."""
        found = yield run(self._claim, request, context)
        if not isinstance(found, Claim):
            return (yield self._call(request, context)) if found is None else found
        try:
            with _Fenced(context, found):
                response = to_response((yield self._call(request, context)), awaited=True)
                if response._made == ():  # a stream, which is stored as a whole
                    response = yield self._whole(response, context)
        except BaseException:
            yield run(self._records.abandon, found)
            raise
        if isinstance(response, Unkept):
            yield run(self._records.abandon, found)
            return response
        return (yield run(self._finished, found, context, response))

    def _whole(self, response: Response, context: Context) -> Any:
        """Return a streamed response with its whole body, or an awaitable of it."""
        from portable.eventing.streaming import whole

        return whole(response, context._largest)

    def _finished(self, claim: Claim, context: Context, response: Response) -> Response:
        """Store a response and return it. If the key was taken over, return the response that the other run stored."""
        if self._records.finish(claim, _now(context), stored(response)):
            return response
        other = self._records.result(claim.key)
        if other is None:
            raise InProgress(claim.key, 1)
        return restored(other["result"])

    def _claim(self, request: Any, context: Context) -> Claim | Response | None:
        """Return a claim, the stored response, or None for a request without a key or without a caller."""
        chosen, scope = self._declared.key, self._declared.scope
        key = request.headers.get(_HEADER) if chosen is None else chosen(request)
        if chosen is None and not key:
            return None
        if is_missing(key):
            raise InvalidInput(
                "the request has no idempotency key: a value that the key is made of is missing", "request"
            )
        caller = scope(request) if callable(scope) else None if scope else _caller(request)
        if callable(scope) and is_missing(caller):
            return None
        digest = request_digest(request) if chosen is None else None
        now = _now(context)
        found = self._records.claim(record_key(self._function, key, caller), now, now + context.remaining(), digest)
        if isinstance(found, Claim):
            return found
        if found.get("request") != digest:
            raise HTTPError(422, "this idempotency key was used for another request")
        return restored(found["result"])


class AsyncRequestCall(RequestCall):
    """`RequestCall` for a host that awaits."""

    async def __call__(self, request: Any, context: Context) -> Any:
        """Return the response, new or stored. Raises what `RequestCall` raises."""
        return await do_async(self._handling(request, context, self._run))

    async def _whole(self, response: Response, context: Context) -> Any:
        from portable.eventing.streaming import whole_async

        return await whole_async(response, context._largest)


def _caller(request: Any) -> str | None:
    """Return who calls: the subject of the Principal, or of a public route what the request says of its caller."""
    if request.principal is not None:
        return request.principal.subject  # type: ignore[no-any-return]
    return request.headers.get(_CALLER) or None


def _here(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


class _Fenced:
    """A `with` block in which the context has the fencing token of the claim."""

    __slots__ = ("_context", "_fence")

    def __init__(self, context: Context, claim: Claim) -> None:
        self._context = context
        self._fence = claim.fence

    def __enter__(self) -> None:
        self._context._fence = self._fence

    def __exit__(self, *raised: object) -> None:
        self._context._fence = None  # the next message of a batch uses the same context


def stored(response: Response) -> dict[str, Any]:
    """Return a response as a value for a row. Cookies are left out, because they may give access to an account."""
    body = response.body
    kept: dict[str, Any] = {
        "status": response.status,
        "headers": [[name, value] for name, value in response.headers if name.lower() != "set-cookie"],
    }
    if len(body) > LARGEST:
        kept["large"] = len(body)
    elif response.text_body is not None:
        kept["text"] = response.text_body
    else:
        kept["body"] = body
    return kept


def restored(kept: dict[str, Any]) -> Response:
    """Return the response of a stored value, without cookies. Raises HTTPError 409 if it was too large to store."""
    if "large" in kept:
        raise HTTPError(409, f"the request is done, but its response of {kept['large']} bytes was too large to store")
    content = kept["text"] if "text" in kept else kept["body"]
    return Response(content, kept["status"], [(name, value) for name, value in kept["headers"]])


def _now(context: Context) -> float:
    """Return the time in seconds since the epoch, by the clock of the context's deadline."""
    return context.deadline.timestamp() - context.remaining()
