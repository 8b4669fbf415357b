"""Lambda in this process: takes portable events and calls the generated entry modules as the runtime client does."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any
from uuid import uuid4

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import match, segments
from portable.eventing.urls import quote
from portable.testing.hosts import EntriesHost
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.routes import Path, paths
from portable_aws.testing.context import Invocation
from portable_aws.testing.encoding import encoded
from portable_aws.testing.http import decode_response, encode_request, gateway_path
from portable_aws.testing.recording import native


class LambdaHost(EntriesHost):
    """The functions of one plan. Events and replies are passed as JSON, as in Lambda."""

    @cached_property
    def _paths(self) -> tuple[Path, ...]:
        return paths(self._plan.app.http())

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
                by_method = {function.trigger["method"]: function for function in path.functions}
                found = by_method.get("GET" if request.method == "HEAD" else request.method) or by_method.get("*")
                return by_method.get(request.method) or found or path.owner
        return next(iter(self._plan.app.http()), None)

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver events and return the ids that failed."""
        failed: list[str] = []
        for native_event, read in encoded(function, events):
            failed += read(self._call(function, native_event))
        return failed

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function with a recorded event. Return the response of an HTTP function, None for others."""
        reply = self._call(function, native(event))
        if function.trigger["kind"] == "http":
            return decode_response(reply)
        return None

    def _call(self, function: FunctionModel, event: dict[str, Any]) -> Any:
        module, _, name = self._entries[function.name].rpartition(".")
        handler = self._load(f"{module.replace('.', '/')}.py")[name]
        context = Invocation(function.name, str(uuid4()), self._remaining, function.memory)
        return json.loads(json.dumps(handler(json.loads(json.dumps(event)), context)))
