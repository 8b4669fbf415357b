"""The context of a call, as the worker makes it: `azure.functions.Context` with trace and retry."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import azure.functions


class Invocation(azure.functions.Context):
    """The context of one call. `attempt` counts from 1; the function gets it from the host's retry policy."""

    def __init__(self, function: str = "function", trace: str | None = None, attempt: int | None = None) -> None:
        self._id = str(uuid4())
        self._function = function
        self._trace = SimpleNamespace(trace_parent=trace or "", trace_state="", attributes={})
        self._retry = SimpleNamespace(retry_count=(attempt or 1) - 1, max_retry_count=0, exception=None)

    @property
    def invocation_id(self) -> str:
        """The id of the call."""
        return self._id

    @property
    def thread_local_storage(self) -> Any:
        """The storage in which the worker keeps the id for the function's own threads."""
        return SimpleNamespace(invocation_id=self._id)

    @property
    def function_name(self) -> str:
        """The name of the function."""
        return self._function

    @property
    def function_directory(self) -> str:
        """The folder of the function's source."""
        return "."

    @property
    def trace_context(self) -> Any:
        """The W3C trace context."""
        return self._trace

    @property
    def retry_context(self) -> Any:
        """The number of the attempt."""
        return self._retry
