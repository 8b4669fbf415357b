"""The only module that calls handlers: takes a decoded event and a generated call; returns a response or an outcome.

A generated call has the form `call(event, context)`. Each function has an async twin for hosts that await their
handlers. What only errors, HEAD, OPTIONS and CORS need is imported then.
"""

from __future__ import annotations

from portable.base.logs import current
from portable.eventing.response import to_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable


def http(table: RouteTable, request: Request, context: Context) -> Response:
    """Route a request, call the handler and return its response. It never raises: errors become responses."""
    token = current.set(context)
    route = None
    try:
        method, route, methods = table.find(request)
        if route is None:
            from portable.compute.replies import preflight

            return preflight(request, methods)
        if len(request.body) > route.max_body:
            from portable.compute.failing import refuse_body

            refuse_body(route)
        context.function = route.function
        call = route.call
        if isinstance(call, str):
            call = route.load()
        response = to_response(call(request, context))
        if route.cors is None and method != "HEAD":
            return response
        from portable.compute.replies import finish

        return finish(method, route, request, response)
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises becomes a response
        from portable.compute.failing import failure

        return failure(request, route, error, table.problems)
    finally:
        current.reset(token)


async def http_async(table: RouteTable, request: Request, context: Context) -> Response:
    """`http` for a host that awaits; the handler may be `def` or `async def`."""
    token = current.set(context)
    route = None
    try:
        method, route, methods = table.find(request)
        if route is None:
            from portable.compute.replies import preflight

            return preflight(request, methods)
        if len(request.body) > route.max_body:
            from portable.compute.failing import refuse_body

            refuse_body(route)
        context.function = route.function
        value = route.load()(request, context)
        if hasattr(value, "__await__"):
            value = await value
        response = to_response(value, True)
        if response._made == ():
            from portable.eventing.streaming import begun_async

            response = await begun_async(response)
        if route.cors is None and method != "HEAD":
            return response
        if method == "HEAD" and response.chunks is not None:
            await response.chunks.aclose()
        from portable.compute.replies import finish

        return finish(method, route, request, response)
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises becomes a response
        from portable.compute.failing import failure

        return failure(request, route, error, table.problems)
    finally:
        current.reset(token)


def event(call: Any, value: Any, context: Context) -> None:
    """Call the handler of a schedule, object or other event. Raises what the handler raised; the provider then retries.

    An error that is not an Exception, such as SystemExit, is wrapped in one, because it must not end the process.
    """
    token = current.set(context)
    try:
        call(value, context)
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises fails only this event
        from portable.base.ending import contained

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
        from portable.base.ending import contained

        raise contained(error)  # noqa: B904 - its cause is set already
    finally:
        current.reset(token)
