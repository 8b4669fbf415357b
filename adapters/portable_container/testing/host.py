"""The container in this process: takes portable events; calls the application as uvicorn does, and takers as workers do."""

from __future__ import annotations

from typing import Any

from nats.aio.msg import Msg

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.hosts import EntriesHost
from portable.tooling.app.model import FunctionModel
from portable_container.testing.asgi import exchange
from portable_container.testing.encoding import encoded
from portable_container.testing.http import Native, encode_request
from portable_container.testing.recording import native as recorded


class RolesHost(EntriesHost):
    """The HTTP functions of one plan behind one application, and what takes the events of each other function."""

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the application of all HTTP functions."""
        return self._answer(encode_request(request))

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Hand over one message of JetStream after the other; return the ids of those that were not acknowledged."""
        taker = self._taker(function)
        return [id for id, event, attempt in events if not taker.handle(encoded(function, event, attempt))]  # noqa: A001

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Replay a recorded request or message. Return the response of an HTTP function, None for others."""
        found = recorded(event)
        if isinstance(found, Native):
            return self._answer(found)
        taker = self._taker(function)
        done = taker.handle(found) if isinstance(found, Msg) else taker.event(found)
        if not done:
            raise RuntimeError(f"{function.name} would get this event again")
        return None

    def _answer(self, native: Native) -> Response:
        if self._http is None:
            return Response(b"", 404)
        return exchange(self._load(f"{self._http}.py")["application"], native, self._run)

    def _taker(self, function: FunctionModel) -> Any:
        return self._load(f"{self._entries[function.name]}.py")["handler"]
