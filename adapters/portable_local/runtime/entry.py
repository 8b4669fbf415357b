"""The entries of this machine: a portable event and a context in, one try of the function out."""

from __future__ import annotations

from portable.compute import dispatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable

    Call = Callable[[Any, Context], Any]


def http(table: RouteTable) -> Callable[[Request, Context], Response]:
    """Return the entry of an HTTP function, which routes a request and answers it."""

    def handler(request: Request, context: Context) -> Response:
        return dispatch.http(table, request, context)

    return handler


def event(call: Call) -> Call:
    """Return the entry of any other function; it raises what its handler raises."""

    def handler(event: Any, context: Context) -> None:
        dispatch.event(call, event, context)

    return handler
