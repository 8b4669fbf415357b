"""OpenFaaS in this process: takes portable events and calls the template's application as waitress does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from werkzeug.test import run_wsgi_app

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_openfaas.testing.encode import encode_message, encode_request, encode_tick
from portable_openfaas.testing.hosted.index import application
from portable_openfaas.testing.native import Native
from portable_openfaas.testing.recording import native as recorded

Answer = tuple[int, list[tuple[str, str]], bytes]


class FaasHost:
    """The OpenFaaS functions of one plan, each behind the template's application."""

    def __init__(self, plan: Plan, load: Callable[[str], dict[str, Any]]) -> None:
        self._modules = {function.name: function.entry for function in plan.functions}
        self._http = next((self._modules[function.name] for function in plan.app.http()), None)
        self._load = load
        self._applications: dict[str, Any] = {}

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the OpenFaaS function of all HTTP functions."""
        if self._http is None:
            return Response(b"", 404)
        return _response(self._call(self._http, encode_request(request)))

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Call a function once for each event, as connectors do. An event never comes again, whatever the reply."""
        for _, event, _ in events:
            if function.trigger["kind"] == "schedule":
                sent = encode_tick(event)
            else:
                sent = encode_message(event, function.trigger[function.trigger["kind"]])
            status, _, body = self._call(self._modules[function.name], sent)
            if status == 400:
                raise ValueError(body.decode())
        return []

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function with a recorded request. Return the response of an HTTP function, None for others."""
        answer = self._call(self._modules[function.name], recorded(event))
        if function.trigger["kind"] == "http":
            return _response(answer)
        if answer[0] == 400:
            raise ValueError(answer[2].decode())
        return None

    def _call(self, module: str, native: Native) -> Answer:
        found = self._applications.get(module)
        if found is None:
            handle = self._load(f"{module}.py")["handle"]
            found = self._applications[module] = application(lambda: handle)
        body, status, headers = run_wsgi_app(found, native.environ(), buffered=True)
        return int(status.split()[0]), list(headers), b"".join(body)


def _response(answer: Answer) -> Response:
    """Return the response that was sent. Header bytes are UTF-8."""
    status, headers, body = answer
    return Response(
        body, status, [(name, value.encode("latin-1").decode("utf-8", "replace")) for name, value in headers]
    )


def host(
    plan: Plan,
    load: Callable[[str], dict[str, Any]],
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    remaining: Callable[[], float],
) -> FaasHost:
    """Return the host of a plan."""
    return FaasHost(plan, load)
