"""Runs a packaged artifact by its own start command: takes portable events; sends requests and CloudEvents.

The first one starts the process, and `close` ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import cycle
from typing import Any

from portable.errors import UnsupportedError
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.hosts import ProcessesHost
from portable.testing.processes import Answer
from portable.testing.wsgi import sent_response
from portable.tooling.app.model import FunctionModel
from portable_container.testing.cloudevents import MODES, encode_event, event_of
from portable_container.testing.http import Native, encode_request
from portable_container.testing.process import ServeProcess

_SERVERS_OWN = ("server", "date", "connection", "transfer-encoding", "keep-alive")
_DONE, _AGAIN = 204, 503


class ArtifactHost(ProcessesHost):
    """The role `serve` of an artifact. One CloudEvent after the other comes in another mode."""

    host = ("uvicorn", '"portable-functions[container]"')
    finds_bundle = True

    @cached_property
    def _modes(self) -> Iterator[str]:
        return cycle(MODES)

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request as a proxy on this machine passes it on."""
        answer = self._send(encode_request(request))
        headers = [(name, value) for name, value in answer.headers if name not in _SERVERS_OWN]
        return sent_response(answer.status, headers, answer.content)

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Send events one by one; return the ids of those that should come again."""
        failed = []
        for id, event, attempt in events:  # noqa: A001
            sent = event_of(function.trigger, event, attempt)
            answer = self._send(encode_event(function.name, sent, next(self._modes)))
            if answer.status == _AGAIN:
                failed.append(id)
            elif answer.status != _DONE:
                raise ValueError(f"{answer.status} {answer.body.decode(errors='replace')}")
        return failed

    def replay(self, function: FunctionModel, event: object) -> Response | None:
        """Raise UnsupportedError: recorded events are replayed in the test's process."""
        raise UnsupportedError("a recorded event cannot be replayed with --artifact: run this test without it")

    def _send(self, native: Native) -> Answer:
        process: ServeProcess = self._running.get("serve", lambda: ServeProcess(self._bundle, self._variables()))
        return process.send(native)
