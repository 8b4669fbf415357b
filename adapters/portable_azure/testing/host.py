"""The Azure worker in this process: portable events in, the functions of function_app.py called as it calls them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_azure.testing.context import Invocation
from portable_azure.testing.http import decode_response, encode_request
from portable_azure.testing.messages import encode_message
from portable_azure.testing.objects import encode_object
from portable_azure.testing.recording import native as recorded
from portable_azure.testing.schedule import encode_tick

FILE = "function_app.py"


class WorkerHost:
    """The functions of one function app, found as the worker finds them: by asking the app for its functions."""

    def __init__(
        self, plan: Plan, load: Callable[[str], dict[str, Any]], run: Callable[[Coroutine[Any, Any, Any]], Any]
    ) -> None:
        self._plan = plan
        self._triggers = {function.name: function.details["type"] for function in plan.functions}
        self._load = load
        self._run = run
        self._functions: dict[str, Callable[..., Any]] = {}
        self._routes: dict[str, str] = {}

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the function of its route, or to the one that takes every other path."""
        if not self._plan.app.http():
            return Response(b"", 404)
        name = function.name if function is not None else self._unknown()
        self._indexed()
        return decode_response(self._call(name, encode_request(request, self._routes[name]), Invocation(name)))

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver events one by one; what fails raises, for the host makes the message visible again."""
        kind = function.trigger["kind"]
        for _, event, attempt in events:
            invocation = Invocation(function.name, attempt=attempt)
            if kind == "schedule":
                native: Any = encode_tick(event)
            elif kind == "object":
                form = "queue" if self._triggers[function.name] == "queueTrigger" else "event"
                native = encode_object(event, function.trigger["event"], form, attempt)
            else:
                native = encode_message(event, kind)
            self._call(function.name, native, invocation)
        return []

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function with a recorded event; return the response when it is an HTTP function."""
        reply = self._call(function.name, recorded(event), Invocation(function.name))
        return decode_response(reply) if function.trigger["kind"] == "http" else None

    def _unknown(self) -> str:
        """Return the function of every path that no function has: the one that the app does not declare."""
        return next(name for name in self._indexed() if name not in self._triggers)

    def _indexed(self) -> dict[str, Callable[..., Any]]:
        if not self._functions:
            for found in self._load(FILE)["_app"].get_functions():
                name = found.get_function_name()
                self._functions[name] = found.get_user_function()
                self._routes[name] = getattr(found.get_trigger(), "route", None) or name
        return self._functions

    def _call(self, name: str, event: Any, invocation: Invocation) -> Any:
        function = self._indexed()[name]
        (argument, *_) = inspect.signature(function).parameters
        result = function(**{argument: event, "context": invocation})
        return self._run(result) if hasattr(result, "__await__") else result


def host(
    plan: Plan,
    load: Callable[[str], dict[str, Any]],
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    remaining: Callable[[], float],
) -> WorkerHost:
    """Return the host of a plan."""
    return WorkerHost(plan, load, run)
