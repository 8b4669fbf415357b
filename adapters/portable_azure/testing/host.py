"""The Azure worker in this process: takes portable events and calls the functions of function_app.py as it does."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from unittest.mock import patch

from portable.compute.context import Context
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.hosts import EntriesHost
from portable.testing.world.context import pass_by
from portable.tooling.app.model import FunctionModel
from portable_azure.runtime import records
from portable_azure.testing.context import Invocation
from portable_azure.testing.encoding import Native, encoded
from portable_azure.testing.http import decode_response, encode_request
from portable_azure.testing.recording import native as recorded

FILE = "function_app.py"


@contextmanager
def waiting_takes_no_time() -> Iterator[None]:
    """Skip the waits between two attempts of a stream's records. The time of the call still advances."""

    def pause(seconds: float, context: Context) -> None:
        pass_by(context, seconds)

    async def pause_async(seconds: float, context: Context) -> None:
        pass_by(context, seconds)

    with patch.object(records, "pause", pause), patch.object(records, "pause_async", pause_async):
        yield


class OneByOne(EntriesHost, ABC):
    """Delivers events as the host does: one per call, except that one call gets all records of a stream."""

    @cached_property
    def _triggers(self) -> dict[str, str]:
        return {function.name: function.details["type"] for function in self._plan.functions}

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver events and return the ids of those that failed. Raise the last error if all did."""
        failed: list[str] = []
        error: Exception | None = None
        for ids, native, attempt in encoded(function, events, self._triggers[function.name]):
            try:
                self._deliver(function.name, native, attempt)
            except Exception as raised:  # noqa: BLE001 - the host delivers again after any error
                failed += ids
                error = raised
        if error is not None and len(failed) == len(events):
            raise error
        return failed

    @abstractmethod
    def _deliver(self, name: str, native: Native, attempt: int | None) -> None:
        """Call a function with what its trigger delivers. Raises if it fails."""


class WorkerHost(OneByOne):
    """The functions of one function app, found as the worker finds them: by asking the app for its functions."""

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the function of its route, or to the one that takes every other path."""
        if not self._plan.app.http():
            return Response(b"", 404)
        name = function.name if function is not None else self._unknown()
        route = getattr(self._indexed[name].get_trigger(), "route", None) or name
        return decode_response(self._call(name, encode_request(request, route), Invocation(name)))

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call a function with a recorded event. Return the response of an HTTP function, None for others."""
        reply = self._call(function.name, recorded(event), Invocation(function.name))
        return decode_response(reply) if function.trigger["kind"] == "http" else None

    def _unknown(self) -> str:
        """Return the name of the function for unknown paths, which is the one that the app does not declare."""
        return next(name for name in self._indexed if name not in self._triggers)

    @cached_property
    def _indexed(self) -> dict[str, Any]:
        return {found.get_function_name(): found for found in self._load(FILE)["_app"].get_functions()}

    def _deliver(self, name: str, native: Native, attempt: int | None) -> None:
        with waiting_takes_no_time():
            self._call(name, native, Invocation(name, attempt=attempt))

    def _call(self, name: str, event: Any, invocation: Invocation) -> Any:
        function = self._indexed[name].get_user_function()
        (argument, *_) = inspect.signature(function).parameters
        result = function(**{argument: event, "context": invocation})
        return self._run(result) if hasattr(result, "__await__") else result
