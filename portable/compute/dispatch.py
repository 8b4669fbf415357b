"""The only module that calls handlers: takes a decoded event and a generated call; returns a response or an outcome.

A generated call has the form `call(event, context)`. Each function has an async twin for hosts that await their
handlers.
"""

from __future__ import annotations

import logging

from portable.base.ending import contained, ends_process, text_of
from portable.base.logs import current
from portable.errors import HTTPError, InvalidArgument, InvalidInput, TooLarge
from portable.eventing.multidict import TOKEN
from portable.eventing.response import Response, copy_of, error_response, to_response, without_body
from portable.eventing.routing import allow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.http import Cors
    from portable.eventing.request import Request
    from portable.eventing.routing import Route, RouteTable

_log = logging.getLogger("portable")


def http(table: RouteTable, request: Request, context: Context) -> Response:
    """Route a request, call the handler and return its response. It never raises: errors become responses."""
    token = current.set(context)
    route = None
    try:
        method, route, methods = table.find(request)
        if route is None:
            return preflight(request, methods)
        if len(request.body) > route.max_body:
            return failure(request, route, too_large(request, route))
        context.function = route.function
        call = route.call
        if isinstance(call, str):
            call = route.load()
        response = to_response(call(request, context))
        return response if route.cors is None and method != "HEAD" else finish(method, route, request, response)
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises becomes a response
        return failure(request, route, error)
    finally:
        current.reset(token)


async def http_async(table: RouteTable, request: Request, context: Context) -> Response:
    """`http` for a host that awaits; the handler may be `def` or `async def`."""
    token = current.set(context)
    route = None
    try:
        method, route, methods = table.find(request)
        if route is None:
            return preflight(request, methods)
        if len(request.body) > route.max_body:
            return failure(request, route, too_large(request, route))
        context.function = route.function
        value = route.load()(request, context)
        if hasattr(value, "__await__"):
            value = await value
        return finish(method, route, request, to_response(value))
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises becomes a response
        return failure(request, route, error)
    finally:
        current.reset(token)


def too_large(request: Request, route: Route) -> InvalidInput:
    """Return the error (status 413) for a body over the limit of the route."""
    return InvalidInput(f"the body has {len(request.body)} bytes, the limit is {route.max_body}", "body", 413)


def finish(method: str, route: Route, request: Request, response: Response) -> Response:
    """Return the response as the client gets it: without a body for HEAD, with CORS headers if the route has them."""
    if route.cors is not None:
        add_cors(response := copy_of(response), request, route.cors)
    if method == "HEAD":
        return without_body(response)
    return response


def failure(request: Request, route: Route | None, error: BaseException) -> Response:
    """Return the response for an error. If it is not an HTTPError, it is logged with its traceback and not shown.

    SystemExit, CancelledError and groups of errors are handled like any other error: they must not end the process. The
    error by which the test kit simulates a process that has died is passed on.
    """
    if ends_process(error):
        raise error
    try:
        response = error_response(_shown_error(request, error))
    except BaseException as broken:  # noqa: BLE001 - the HTTPError has a status or detail that cannot be sent
        _report(request, broken)
        response = error_response(HTTPError(500, "Internal Server Error"))
    if route is not None and route.cors is not None:
        add_cors(response, request, route.cors)
    return without_body(response) if request.method == "HEAD" else response


def _shown_error(request: Request, error: BaseException) -> HTTPError:
    """Return the error that the client gets. An internal error is logged and replaced by a 500."""
    if isinstance(error, HTTPError):
        return error
    if isinstance(error, (InvalidArgument, TooLarge)):
        from portable.eventing.blame import answer

        found = answer(request, error)
        if found is not None:
            return found
    _report(request, error)
    return HTTPError(500, "Internal Server Error")


def _report(request: Request, error: BaseException) -> None:
    """Log an error with its traceback. A broken error text or log handler does not fail the response."""
    try:
        _log.error("%s failed: %s", request, text_of(error), exc_info=error)
    except BaseException as broken:
        if ends_process(broken):
            raise


def preflight(request: Request, methods: dict[str, Route]) -> Response:
    """Return the response to OPTIONS: Allow, and CORS headers if the route of the requested method has them."""
    response = Response(b"", 204, [("allow", allow(methods))])
    asked = request.headers.get("access-control-request-method")
    route = methods.get(asked or "") or (methods.get("GET") if asked == "HEAD" else None) or methods.get("*")
    if asked and route is not None and route.cors is not None:
        cors = route.cors
        add_cors(response, request, cors)
        wanted = request.headers.get("access-control-request-headers")
        if wanted and not TOKEN.union(", ").issuperset(wanted):  # no list of names: some hosts could not send it back
            wanted = None
        response.headers.append(("access-control-allow-methods", allow(methods)))
        if cors.headers or wanted:
            response.headers.append(("access-control-allow-headers", ", ".join(cors.headers) or wanted or ""))
        response.headers.append(("access-control-max-age", str(cors.max_age)))
    return response


def add_cors(response: Response, request: Request, cors: Cors) -> None:
    """Add the CORS headers if the route allows the origin of the request."""
    anyone = "*" in cors.origins
    if not anyone or cors.credentials:  # a cache must not give the response for one origin to another
        response.headers.append(("vary", "Origin"))
    origin = request.headers.get("origin")
    if origin is None:
        return
    if not anyone and origin not in cors.origins:
        return
    if anyone and not cors.credentials:
        response.headers.append(("access-control-allow-origin", "*"))
    else:
        response.headers.append(("access-control-allow-origin", origin))
    if cors.credentials:
        response.headers.append(("access-control-allow-credentials", "true"))
    if cors.expose:
        response.headers.append(("access-control-expose-headers", ", ".join(cors.expose)))


def event(call: Any, value: Any, context: Context) -> None:
    """Call the handler of a schedule, object or other event. Raises what the handler raised; the provider then retries.

    An error that is not an Exception, such as SystemExit, is wrapped in one, because it must not end the process.
    """
    token = current.set(context)
    try:
        call(value, context)
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises fails only this event
        raise contained(error)  # noqa: B904 - its cause is set already
    finally:
        current.reset(token)


async def event_async(call: Any, value: Any, context: Context) -> None:
    """`event` for a host that awaits; the handler may be `def` or `async def`."""
    token = current.set(context)
    try:
        found = call(value, context)
        if hasattr(found, "__await__"):
            await found
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises fails only this event
        raise contained(error)  # noqa: B904 - its cause is set already
    finally:
        current.reset(token)
