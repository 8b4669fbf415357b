"""Takes the request of a call; returns `Context`. Id, trace and native request are read only when asked for."""

from __future__ import annotations

import os
from time import time

from portable.base.trace import traceparent as valid
from portable.compute.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HEX = frozenset("0123456789abcdefABCDEF")


def seconds_of(timeout: int) -> float:
    """Return the time limit of a request, in seconds: CLOUD_RUN_TIMEOUT_SECONDS, or else the declared timeout."""
    limit = os.environ.get("CLOUD_RUN_TIMEOUT_SECONDS", "")
    return float(limit) if limit.isdigit() and int(limit) > 0 else float(timeout)


class GcpContext(Context):
    """`Context` over a WSGI environment; `native` is (flask request or None, environment)."""

    __slots__ = ("_id",)
    _streams = True

    def __init__(
        self, environ: dict[str, Any], request: Any, function: str, seconds: float, attempt: int | None = None
    ) -> None:
        self.native = (request, environ)
        self.function = function
        self.attempt = attempt
        self._ends = time() + seconds
        self._trace = None
        self._id: str | None = None

    @property
    def request_id(self) -> str:  # type: ignore[override]
        """The execution id: Function-Execution-Id. functions-framework adds this header if Google did not."""
        found = self._id
        if found is None:
            found = self._id = str(self.native[1].get("HTTP_FUNCTION_EXECUTION_ID") or os.urandom(16).hex())
        return found

    @property
    def trace(self) -> str | None:
        """The traceparent of the caller or of a CloudEvent, or else X-Cloud-Trace-Context in the same form."""
        if self._trace is None:
            environ = self.native[1]
            self._trace = (
                valid(environ.get("HTTP_TRACEPARENT"))
                or valid(environ.get("HTTP_CE_TRACEPARENT"))
                or traceparent(environ.get("HTTP_X_CLOUD_TRACE_CONTEXT", ""))
            )
        return self._trace


def traceparent(header: str) -> str | None:
    """Return "<32 hex>/<span, decimal>;o=<0 or 1>" as a W3C traceparent, or None (Cloud Trace "trace context")."""
    trace, _, rest = header.partition("/")
    span, _, options = rest.partition(";")
    if len(trace) != 32 or not _HEX.issuperset(trace) or not (span.isascii() and span.isdigit()):
        return None
    number = int(span)
    if not 0 < number < 1 << 64:
        return None
    return valid(f"00-{trace.lower()}-{number:016x}-0{1 if options.strip() == 'o=1' else 0}")
