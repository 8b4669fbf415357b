"""Cloud Run in this process: takes portable events and calls the generated targets as functions-framework does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import flask

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_gcp.testing.http import decode_response, encode_request
from portable_gcp.testing.messages import encode_message
from portable_gcp.testing.native import Native
from portable_gcp.testing.objects import encode_object
from portable_gcp.testing.recording import native as recorded
from portable_gcp.testing.records import encode_record
from portable_gcp.testing.schedule import encode_tick


def _tick(_function: FunctionModel, event: Any, _attempt: int | None) -> Native:
    return encode_tick(event)


def _object(function: FunctionModel, event: Any, attempt: int | None) -> Native:
    return encode_object(event, function.trigger["event"], attempt=attempt)


def _message(_function: FunctionModel, event: Any, _attempt: int | None) -> Native:
    return encode_message(event)


def _record(_function: FunctionModel, event: Any, _attempt: int | None) -> Native:
    return encode_record(event)


_ENCODERS: dict[str, Callable[[FunctionModel, Any, int | None], Native]] = {
    "schedule": _tick,
    "object": _object,
    "queue": _message,
    "topic": _message,
    "stream": _record,
}
"""By kind of trigger: a function that takes an event and returns its request."""


class RunHost:
    """The targets of one plan. Each is called with a Flask request over the WSGI environment that gunicorn makes."""

    def __init__(self, plan: Plan, load: Callable[[str], dict[str, Any]]) -> None:
        self._entries = {function.name: function.entry for function in plan.functions}
        self._http = next((self._entries[function.name] for function in plan.app.http()), None)
        self._load = load

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the service of all HTTP functions."""
        entry = self._http if function is None else self._entries[function.name]
        if entry is None:
            return Response(b"", 404)
        return decode_response(self._call(entry, encode_request(request)))

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Push events one by one; return the ids that were not acknowledged."""
        failed = []
        for id, event, attempt in events:  # noqa: A001
            native = _ENCODERS[function.trigger["kind"]](function, event, attempt)
            status, _, body = self._call(self._entries[function.name], native)
            if status == 400:
                raise ValueError(body.decode())
            if not 200 <= status < 300:
                failed.append(id)
        return failed

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function's target with a recorded request. Return the response of an HTTP function, None for others."""
        reply = self._call(self._entries[function.name], recorded(event))
        if function.trigger["kind"] == "http":
            return decode_response(reply)
        if reply[0] == 400:
            raise ValueError(reply[2].decode())
        return None

    def _call(self, target: str, native: Native) -> tuple[int, list[tuple[str, str]], bytes]:
        environ = native.environ()
        reply = self._load(f"entry_{target}.py")["handler"](flask.Request(environ))
        # werkzeug encodes Location and counts the bytes before it passes a response to the server
        return reply.status_code, list(reply.get_wsgi_headers(environ)), reply.get_data()


def host(
    plan: Plan,
    load: Callable[[str], dict[str, Any]],
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    remaining: Callable[[], float],
) -> RunHost:
    """Return the host of a plan."""
    return RunHost(plan, load)
