"""Cloud Run in this process: takes portable events and calls the generated targets as functions-framework does."""

from __future__ import annotations

from typing import Any

import flask

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.hosts import EntriesHost
from portable.tooling.app.model import FunctionModel
from portable_gcp.testing.encoding import encoded
from portable_gcp.testing.http import decode_response, encode_request
from portable_gcp.testing.native import Native
from portable_gcp.testing.recording import native as recorded


class RunHost(EntriesHost):
    """The targets of one plan. Each is called with a Flask request over the WSGI environment that gunicorn makes."""

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
            native = encoded(function, event, attempt)
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

    def _call(self, target: str, native: Native) -> tuple[int, list[tuple[str, str]], Any]:
        environ = native.environ()
        reply = self._load(f"entry_{target}.py")["handler"](flask.Request(environ))
        # werkzeug encodes Location and counts the bytes before it passes a response to the server
        body = reply.get_app_iter(environ) if reply.is_streamed else reply.get_data()
        return reply.status_code, list(reply.get_wsgi_headers(environ)), body
