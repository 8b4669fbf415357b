"""OpenFaaS in this process: takes portable events and calls the template's application as waitress does."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from werkzeug.test import run_wsgi_app

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.hosts import EntriesHost
from portable.testing.wsgi import sent_response
from portable.tooling.app.model import FunctionModel
from portable_openfaas.testing.encode import encode_message, encode_request, encode_tick
from portable_openfaas.testing.hosted.index import application
from portable_openfaas.testing.native import Native
from portable_openfaas.testing.recording import native as recorded

Answer = tuple[int, list[tuple[str, str]], Any]


class FaasHost(EntriesHost):
    """The OpenFaaS functions of one plan, each behind the template's application."""

    @cached_property
    def _applications(self) -> dict[str, Any]:
        return {}

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the OpenFaaS function of all HTTP functions."""
        if self._http is None:
            return Response(b"", 404)
        return sent_response(*self._call(self._http, encode_request(request)))

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Call a function once for each event, as connectors do. An event never comes again, whatever the reply."""
        for _, event, _ in events:
            if function.trigger["kind"] == "schedule":
                sent = encode_tick(event)
            else:
                sent = encode_message(event, function.trigger[function.trigger["kind"]])
            status, _, body = self._call(self._entries[function.name], sent)
            if status == 400:
                raise ValueError(body.decode())
        return []

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function with a recorded request. Return the response of an HTTP function, None for others."""
        answer = self._call(self._entries[function.name], recorded(event))
        if function.trigger["kind"] == "http":
            return sent_response(*answer)
        if answer[0] == 400:
            raise ValueError(answer[2].decode())
        return None

    def _call(self, module: str, native: Native) -> Answer:
        found = self._applications.get(module)
        if found is None:
            handle = self._load(f"{module}.py")["handle"]
            found = self._applications[module] = application(lambda: handle)
        body, status, headers = run_wsgi_app(found, native.environ())
        code = int(status.split()[0])
        streamed = "content-length" not in headers and code not in (204, 304)
        return code, list(headers), body if streamed else b"".join(body)
