"""HTTP in a container: takes the scope and the messages of an ASGI server; calls the functions of an app and sends what they reply.

A `def` function runs in a thread, an `async def` function on the loop. A request is routed before its body is read, so no
more of the body is read than its route takes. A call that takes longer than its function may is answered with 504.
"""

from __future__ import annotations

import asyncio
import logging
import os
from time import perf_counter

from portable.base.logs import current
from portable.compute.dispatch import http, http_async
from portable.compute.tasks import guard
from portable.errors import HTTPError
from portable.eventing.asgi import refuse_socket
from portable.eventing.asgi_threads import threads_of
from portable.eventing.asgi_writing import write
from portable_container.runtime.context import HttpContext
from portable_container.runtime.incoming import body_of, find, read
from portable_container.runtime.proxies import VARIABLE, proxies_of
from portable_container.runtime.variables import THREADS, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from portable.eventing.asgi import Receive, Scope, Send
    from portable.eventing.asgi_threads import Threads
    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable
    from portable_container.runtime.incoming import Found
    from portable_container.runtime.proxies import Proxies

    Called = Callable[[str, float, bool], None]
    Seconds = Mapping[str, float]

FAULT = 500
"""The lowest status that counts as a failure of the function."""
_log = logging.getLogger("portable")


def application(
    table: RouteTable, timeout: float, awaited: Collection[str] = frozenset(), timeouts: Seconds | None = None
) -> Application:
    """Return the ASGI application of all HTTP functions. `awaited` names those that are `async def`.

    `timeout` is in seconds, `timeouts` has those of functions with another one. Raises ConfigurationError for a variable
    that cannot be read.
    """
    threads = whole_number(os.environ, "PORTABLE_THREADS", THREADS, 1)
    return Application(
        table, timeout, awaited, timeouts or {}, proxies_of(os.environ.get(VARIABLE, "")), threads, _uncounted, None
    )


def _uncounted(_function: str, _seconds: float, _failed: bool) -> None:
    """Count nothing."""


class Application:
    """The HTTP functions of an app."""

    def __init__(
        self,
        table: RouteTable,
        timeout: float,
        awaited: Collection[str],
        timeouts: Seconds,
        proxies: Proxies | None,
        most: int,
        called: Called,
        only: Collection[str] | None,
    ) -> None:
        self._given = (table, timeout, awaited, timeouts, proxies, most)
        self._table = table
        self._timeout = timeout
        self._awaited = awaited
        self._timeouts = timeouts
        self._proxies = proxies
        self._most = most
        self._called = called
        self._only = only
        self._threads: Threads | None = None

    def counted(self, called: Called, only: Collection[str] | None = None) -> Application:
        """Return the same application, which tells `called` of each function, its seconds and whether it failed.

        With `only` it serves only these functions.
        """
        return Application(*self._given, called, only)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await refuse_socket(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"there is nothing to do for {scope['type']}")
        begun = perf_counter()
        request, believed = read(scope, self._proxies)
        found = find(self._table, self._only, request)
        route = found.route
        if route is None:
            response = http(found, request, HttpContext(scope, request, self._timeout, believed))
            await write(response, receive, send)
            self._called("", perf_counter() - begun, False)
            return
        body = await body_of(request, route.max_body, receive)
        if body is None:  # the client has gone
            return
        seconds = self._timeouts.get(route.function, self._timeout)
        context = HttpContext(scope, request, seconds, believed)
        context.function = route.function
        if isinstance(body, bytes):
            request.body = body
            response = await self._call(found, request, context, seconds)
        else:
            response = _failure(found, request, body)
        if response.chunks is None:
            await write(response, receive, send)
            failed = response.status >= FAULT
        else:
            failed = await _stream(response, context, receive, send)
        self._called(route.function, perf_counter() - begun, failed)

    async def _call(self, found: Found, request: Request, context: HttpContext, seconds: float) -> Response:
        """Call a function. Return its response, or that to a call that takes too long or whose server ends."""
        response: Response | None
        try:
            if context.function in self._awaited:
                response = await _awaited(found, request, context, seconds)
            else:
                response = await self._in_thread(found, request, context, seconds)
        except asyncio.CancelledError:
            context.left = True
            return _failure(found, request, HTTPError(503, "the server is stopping"))
        if response is not None:
            return response
        token = current.set(context)
        try:
            _log.error("%s took longer than the %g s of %s", request, seconds, context.function)
        finally:
            current.reset(token)
        return _failure(found, request, HTTPError(504, f"the function took longer than {seconds:g} s"))

    async def _in_thread(self, found: Found, request: Request, context: HttpContext, seconds: float) -> Response | None:
        threads = self._threads = threads_of(self._threads, self._most)
        future = threads.begin(_run, (found, request, context))
        timer = future.get_loop().call_later(seconds, _leave, future, context)
        try:
            return await future  # type: ignore[no-any-return]
        finally:
            timer.cancel()


def _run(job: tuple[Found, Request, HttpContext]) -> Response:
    """Call a `def` function, in a thread."""
    found, request, context = job
    response = http(found, request, context)
    if context.left and response.chunks is not None:
        response.chunks.close()
    return response


def _leave(future: asyncio.Future[Response | None], context: HttpContext) -> None:
    """Wait no longer for a call. Its thread goes on."""
    if not future.done():
        context.left = True
        future.set_result(None)


async def _awaited(found: Found, request: Request, context: HttpContext, seconds: float) -> Response | None:
    """Call an `async def` function. It is cancelled when its time is over, and None is returned."""
    guard()
    async with asyncio.timeout(seconds) as limit:
        response = await http_async(found, request, context)
    if not limit.expired():
        return response
    if response.chunks is not None:
        await response.chunks.aclose()
    return None


async def _stream(response: Response, context: HttpContext, receive: Receive, send: Send) -> bool:
    """Send a response chunk by chunk, until the time of its function is over. Return whether it failed."""
    errors: list[BaseException | None] = []
    chunks = response.chunks
    assert chunks is not None
    chunks.listen(errors.append)
    token = current.set(context)
    try:
        async with asyncio.timeout(context.remaining()):
            await write(response, receive, send)
    except TimeoutError:
        _log.error(
            "the response of %s took longer than its function may, so its client gets a part of it", context.function
        )
        return True
    except asyncio.CancelledError:  # the server ends
        return True
    finally:
        current.reset(token)
    return any(error is not None for error in errors)


def _failure(found: Found, request: Request, error: HTTPError) -> Response:
    """Return the response for an error of ours."""
    from portable.compute.failing import failure

    response = failure(request, found.route, error, found.problems)
    if error.status == 408:  # what comes late must not be read for ever
        response.headers.append(("connection", "close"))
    return response
