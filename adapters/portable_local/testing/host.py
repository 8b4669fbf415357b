"""This machine in the test's process: takes portable events and calls the generated modules as a local worker does.

Portable events are passed to the entries unchanged: this machine has no event format of its own.
"""

from __future__ import annotations

from functools import cached_property
from time import time
from typing import Any
from uuid import uuid4

from portable.compute.consume import consume_batch
from portable.compute.context import Context
from portable.compute.streaming_context import StreamingContext
from portable.errors import UnsupportedError
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.hosts import EntriesHost
from portable.tooling.app.model import FunctionModel


class LocalHost(EntriesHost):
    """The modules of one plan."""

    @cached_property
    def _modules(self) -> dict[str, str]:
        return {name: f"{entry.partition('.')[0]}.py" for name, entry in self._entries.items()}

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the service of all HTTP functions."""
        service = next((path for path in self._plan.entries if path not in self._modules.values()), None)
        if service is None:
            return Response(b"", 404)
        name = "http" if function is None else function.name
        context = StreamingContext(str(uuid4()), name, time() + self._remaining())
        response: Response = self._load(service)["handler"](request, context)
        return response

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver messages or records to a function, and return the ids of those that failed.

        Other events go to the function's handler.
        """
        module = self._load(self._modules[function.name])
        if "consumer" in module:
            messages = [(own, message) for own, message, _ in events]
            return consume_batch(module["consumer"], messages, self._context(function.name))
        if "records" in module:
            unfinished = module["records"]([record for _, record, _ in events], self._context(function.name))
            again = {id(record) for record in unfinished}
            return [own for own, record, _ in events if id(record) in again]
        for _, event, _ in events:
            module["handler"](event, self._context(function.name))
        return []

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Raise UnsupportedError: this machine has no event format that could be recorded."""
        raise UnsupportedError("this machine has no recorded events: fire an event with cloud.function(…).fire(…)")

    def _context(self, function: str) -> Context:
        return Context(str(uuid4()), function, time() + self._remaining())


def plain(event: Any) -> Any:
    """Raise TypeError: this machine has no event format of its own."""
    raise TypeError(f"{type(event).__name__} is not an event of a provider: this machine has nothing to record")
