"""The entries of this machine: a portable event and a context in, one try of the function out."""

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
    """Return the entry of an HTTP function, which routes a request and answers it."""

    def handler(request: Request, context: Context) -> Response:
        return dispatch.http(table, request, context)

    return handler


def event(call: Call, expected: type) -> Call:
    """Return the entry of any other function, which takes events of one type; it raises what its handler raises."""

    def handler(event: Any, context: Context) -> None:
        if not isinstance(event, expected):
            raise EventError(f"a {expected.__name__}", f"{type(event).__name__} of {type(event).__module__}")
        dispatch.event(call, event, context)

    return handler
