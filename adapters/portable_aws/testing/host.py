"""Lambda in this process: takes portable events and calls the generated entry modules as the runtime client does."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from uuid import uuid4

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import match, segments
from portable.eventing.urls import quote
from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.routes import paths
from portable.tooling.plan import Plan
from portable_aws.testing.context import Invocation
from portable_aws.testing.http import decode_response, encode_request, gateway_path
from portable_aws.testing.messages import encode_messages
from portable_aws.testing.objects import encode_object
from portable_aws.testing.recording import native
from portable_aws.testing.records import encode_records
from portable_aws.testing.schedule import encode_tick

Events = list[tuple[str, Any, int | None]]
Deliveries = Iterator[tuple[dict[str, Any], Callable[[Any], list[str]]]]

ASYNCHRONOUS = 3
"""Attempts of Lambda for an event of an asynchronous invocation (Lambda "asynchronous invocation")."""


class LambdaHost:
    """The functions of one plan. Events and replies are passed as JSON, as in Lambda."""

    def __init__(self, plan: Plan, load: Callable[[str], dict[str, Any]], remaining: Callable[[], float]) -> None:
        self._entries = {function.name: function.entry.rpartition(".") for function in plan.functions}
        self._paths = paths(plan.app.http())
        self._first = next(iter(plan.app.http()), None)
        self._load = load
        self._remaining = remaining

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to its function. Like the gateway, it decodes the path before it routes."""
        target = self._routed(request)
        if target is None:
            return Response(b'{"message":"Not Found"}', 404, {"content-type": "application/json"})
        return decode_response(self._call(target, encode_request(request)))

    def _routed(self, request: Request) -> FunctionModel | None:
        """Return the function of the decoded path, or else the first function, which has $default."""
        parts = quote(gateway_path(request.raw_path), b"/").split("/")
        for path in self._paths:
            if match(segments(path.template), parts) is not None:
                own = {function.trigger["method"]: function for function in path.functions}
                found = own.get("GET" if request.method == "HEAD" else request.method) or own.get("*")
                return own.get(request.method) or found or path.functions[0]
        return self._first

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver events and return the ids that failed."""
        failed: list[str] = []
        for native_event, read in _ENCODERS[function.trigger["kind"]](function, events):
            failed += read(self._call(function, native_event))
        return failed

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function with a recorded event. Return the response of an HTTP function, None for others."""
        reply = self._call(function, native(event))
        if function.trigger["kind"] == "http":
            return decode_response(reply)
        return None

    def _call(self, function: FunctionModel, event: dict[str, Any]) -> Any:
        module, _, name = self._entries[function.name]
        handler = self._load(f"{module.replace('.', '/')}.py")[name]
        context = Invocation(function.name, str(uuid4()), self._remaining, function.memory)
        return json.loads(json.dumps(handler(json.loads(json.dumps(event)), context)))


def host(
    plan: Plan,
    load: Callable[[str], dict[str, Any]],
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    remaining: Callable[[], float],
) -> LambdaHost:
    """Return the host of a plan."""
    return LambdaHost(plan, load, remaining)


def _failed(reply: Any) -> list[str]:
    return [item["itemIdentifier"] for item in (reply or {}).get("batchItemFailures", ())]


def _messages(function: FunctionModel, events: Events) -> Deliveries:
    form = "sqs" if function.trigger["kind"] == "queue" else "sns-sqs"
    yield encode_messages([event for _, event, _ in events], form, feed(function) or function.name), _failed


def _ticks(_function: FunctionModel, events: Events) -> Deliveries:
    for _, event, _ in events:
        yield encode_tick(event), _failed


def _objects(function: FunctionModel, events: Events) -> Deliveries:
    wanted = function.trigger["event"]
    queued = function.dead_letter or function.attempts != ASYNCHRONOUS
    for id, event, attempt in events:  # noqa: A001
        carried = encode_object(event, wanted, "sqs", attempt, id) if queued else encode_object(event, wanted)
        yield carried, _failed


def _records(function: FunctionModel, events: Events) -> Deliveries:
    """Lambda takes the lowest sequence number that failed, and delivers again from there."""
    event = encode_records([record for _, record, _ in events], function.trigger["stream"])
    places = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]

    def read(reply: Any) -> list[str]:
        first = min((places.index(place) for place in _failed(reply)), default=len(places))
        return [id for id, _, _ in events[first:]]  # noqa: A001

    yield event, read


_ENCODERS: dict[str, Callable[[FunctionModel, Events], Deliveries]] = {
    "queue": _messages,
    "topic": _messages,
    "schedule": _ticks,
    "object": _objects,
    "stream": _records,
}
"""By kind of trigger: a function that takes events and returns Lambda's event and a reader of failed ids in its reply."""
