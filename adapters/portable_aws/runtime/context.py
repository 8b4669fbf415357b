"""The Lambda context of a call -> `Context`. Deadline and trace are read only when asked for."""

from __future__ import annotations

import os
from time import time

from portable.compute.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LambdaContext(Context):
    """`Context` over the Lambda runtime's own; `native` is (event, context)."""

    __slots__ = ()

    def __init__(self, event: Any, native: Any, function: str, attempt: int | None = None) -> None:
        self.request_id = native.aws_request_id
        self.function = function
        self.native = (event, native)
        self.attempt = attempt
        self._trace = None

    @property
    def _ends(self) -> float:  # type: ignore[override]
        return time() + self.remaining()

    def remaining(self) -> float:
        """Return the seconds until Lambda stops the call."""
        return max(0.0, float(self.native[1].get_remaining_time_in_millis()) / 1000)

    @property
    def trace(self) -> str | None:
        """The caller's traceparent, else X-Ray's trace of the call in that form (AWS X-Ray tracing header)."""
        if self._trace is None:
            event = self.native[0]
            headers = event.get("headers") if isinstance(event, dict) else None
            # a REST API and a load balancer keep the case of the client
            sent = (headers.get("traceparent") or headers.get("Traceparent")) if isinstance(headers, dict) else None
            self._trace = sent or traceparent(os.environ.get("_X_AMZN_TRACE_ID", ""))
        return self._trace

    @trace.setter
    def trace(self, value: str | None) -> None:
        self._trace = value


def traceparent(header: str) -> str | None:
    """Return an X-Ray tracing header (Root=1-8hex-24hex;Parent=16hex;Sampled=1) as a W3C traceparent, or None."""
    parts: dict[str, str] = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        parts[name] = value
    root = parts.get("Root", "").split("-")
    parent = parts.get("Parent", "")
    if len(root) != 3 or len(root[1]) != 8 or len(root[2]) != 24 or len(parent) != 16:
        return None
    return f"00-{root[1]}{root[2]}-{parent}-0{1 if parts.get('Sampled') == '1' else 0}"
