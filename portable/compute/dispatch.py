"""The only place a handler is called: a decoded event and a generated call in, a response or an outcome out.

A generated call has the form `call(event, context)`. Each verb has an async twin for hosts that await their handlers.
"""

from __future__ import annotations

import logging

from portable.base.ending import contained, ends_process, text_of
from portable.base.logs import current
from portable.errors import HTTPError, InvalidArgument, InvalidInput
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
    """Route a request, call the handler and return its response. Raises nothing, whatever the handler does."""
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
    except BaseException as error:  # noqa: BLE001 - whatever a handler raises becomes an answer
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
    except BaseException as error:  # noqa: BLE001 - whatever a handler raises becomes an answer
        return failure(request, route, error)
    finally:
        current.reset(token)


def too_large(request: Request, route: Route) -> InvalidInput:
    """Return the 413 for a body over the route's limit."""
    return InvalidInput(f"the body has {len(request.body)} bytes, the limit is {route.max_body}", "body", 413)


def finish(method: str, route: Route, request: Request, response: Response) -> Response:
    """Return the response as the client gets it: no body for HEAD, CORS headers where the route has them."""
    if route.cors is not None:
        add_cors(response := copy_of(response), request, route.cors)
    if method == "HEAD":
        return without_body(response)
    return response


def failure(request: Request, route: Route | None, error: BaseException) -> Response:
    """Return the reply to an error; what is not an HTTPError is logged with its traceback and not shown.

    SystemExit, CancelledError and groups of errors are errors like any other: they must not end the process. What the
    test kit raises for a process that has died passes through.
    """
    if ends_process(error):
        raise error
    try:
        response = error_response(_meant(request, error))
    except Exception as broken:  # noqa: BLE001 - an HTTPError with a status or detail that cannot be sent
        _report(request, broken)
        response = error_response(HTTPError(500, "Internal Server Error"))
    if route is not None and route.cors is not None:
        add_cors(response, request, route.cors)
    return without_body(response) if request.method == "HEAD" else response


def _meant(request: Request, error: BaseException) -> HTTPError:
    """Return the error that the client is told: its own, or one that hides what happened and is logged."""
    if isinstance(error, HTTPError):
        return error
    if isinstance(error, InvalidArgument):
        from portable.eventing.blame import answer

        found = answer(request, error)
        if found is not None:
            return found
    _report(request, error)
    return HTTPError(500, "Internal Server Error")


def _report(request: Request, error: BaseException) -> None:
    """Log an error with its traceback; neither its own text nor a handler of the log can fail the reply."""
    try:
        _log.error("%s failed: %s", request, text_of(error), exc_info=error)
    except Exception:  # noqa: BLE001 - a handler of the app's log is at fault, and there is no other place to say it
        return


def preflight(request: Request, methods: dict[str, Route]) -> Response:
    """Answer OPTIONS: Allow always, CORS when the route of the asked method declares it."""
    response = Response(b"", 204, [("allow", allow(methods))])
    asked = request.headers.get("access-control-request-method")
    route = methods.get(asked or "") or (methods.get("GET") if asked == "HEAD" else None) or methods.get("*")
    if asked and route is not None and route.cors is not None:
        cors = route.cors
        add_cors(response, request, cors)
        wanted = request.headers.get("access-control-request-headers")
        response.headers.append(("access-control-allow-methods", allow(methods)))
        if cors.headers or wanted:
            response.headers.append(("access-control-allow-headers", ", ".join(cors.headers) or wanted or ""))
        response.headers.append(("access-control-max-age", str(cors.max_age)))
    return response


def add_cors(response: Response, request: Request, cors: Cors) -> None:
    """Add the CORS headers for the request's origin when the route allows it."""
    anyone = "*" in cors.origins
    if not anyone or cors.credentials:  # a cache must not give the answer to one origin to another
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
    """Call the handler of a schedule, object or other event. Raises what the handler raised: the provider retries.

    What is no Exception, such as SystemExit, is raised as one: it must not end the process.
    """
    token = current.set(context)
    try:
        call(value, context)
    except BaseException as error:  # noqa: BLE001 - whatever a handler raises fails this event only
        raise contained(error)  # noqa: B904 - it names its own cause
    finally:
        current.reset(token)


async def event_async(call: Any, value: Any, context: Context) -> None:
    """`event` for a host that awaits; the handler may be `def` or `async def`."""
    token = current.set(context)
    try:
        found = call(value, context)
        if hasattr(found, "__await__"):
            await found
    except BaseException as error:  # noqa: BLE001 - whatever a handler raises fails this event only
        raise contained(error)  # noqa: B904 - it names its own cause
    finally:
        current.reset(token)
