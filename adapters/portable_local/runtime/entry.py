"""The entries of this machine: takes a portable event and a context, and calls the function once."""

from __future__ import annotations

from portable.compute import dispatch
from portable.errors import EventError

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
    """Return the entry of an HTTP function. It takes a request and returns the response."""

    def handler(request: Request, context: Context) -> Response:
        return dispatch.http(table, request, context)

    return handler


def event(call: Call, expected: type) -> Call:
    """Return the entry of any other function. It takes events of one type and raises what the handler raises."""

    def handler(event: Any, context: Context) -> None:
        if not isinstance(event, expected):
            raise EventError(f"a {expected.__name__}", f"{type(event).__name__} of {type(event).__module__}")
        dispatch.event(call, event, context)

    return handler
