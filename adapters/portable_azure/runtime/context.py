"""Takes the invocation context of the Azure worker; returns `Context`. The trace is read only when asked for."""

from __future__ import annotations

from time import time

from portable.base.trace import traceparent
from portable.compute.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class AzureContext(Context):
    """`Context` over `azure.functions.Context`; `native` is (event, context).

    The deadline is the function's own timeout from now, because the host has only one timeout for the whole app.
    """

    __slots__ = ()

    def __init__(self, event: Any, native: Any, function: str, timeout: float, attempt: int | None = None) -> None:
        """`timeout` is in seconds."""
        self.request_id = native.invocation_id
        self.function = function
        self._ends = time() + timeout
        self.native = (event, native)
        self.attempt = attempt
        self._trace = None

    @property
    def trace(self) -> str | None:
        """The host's traceparent, which continues the caller's, or else the caller's own."""
        if self._trace is None:
            event, native = self.native
            given = getattr(native, "trace_context", None)
            found = traceparent(getattr(given, "trace_parent", None))  # the host may still send ids of an older form
            if found is None:
                headers = getattr(event, "headers", None)
                found = traceparent(headers.get("traceparent")) if headers is not None else None
            self._trace = found
        return self._trace
