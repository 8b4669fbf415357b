"""Takes the Lambda context of a call; returns `Context`. Deadline and trace are read only when asked for."""

from __future__ import annotations

import os
from time import time

from portable.compute.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 6_291_456
"""Bytes of a synchronous Lambda reply (Lambda quotas)."""
_new = object.__new__
ALB_LIMIT = 1_048_576
"""Bytes of a reply to a load balancer (ELB "Lambda functions as targets")."""


class LambdaContext(Context):
    """`Context` over the Lambda runtime's own; `native` is (event, context)."""

    attempt: int | None = None
    _trace: str | None = None
    # defaults are on the class, and the id is read when needed, because most calls use none of them

    def __init__(self, event: Any, native: Any, function: str, attempt: int | None = None) -> None:
        self.function = function
        self.native = (event, native)
        if attempt is not None:
            self.attempt = attempt

    @property
    def request_id(self) -> str:  # type: ignore[override]
        """The id that Lambda gave the call."""
        found: str = self.native[1].aws_request_id
        return found

    @property
    def _largest(self) -> int:  # type: ignore[override]
        balanced = "elb" in (self.native[0].get("requestContext") or ())
        return (ALB_LIMIT if balanced else LIMIT) // 4 * 3 - 16_384  # in base64, and headers

    @property
    def _ends(self) -> float:  # type: ignore[override]
        return time() + self.remaining()

    def remaining(self) -> float:
        """Return the seconds until Lambda stops the call."""
        return max(0.0, float(self.native[1].get_remaining_time_in_millis()) / 1000)

    @property
    def trace(self) -> str | None:
        """The caller's traceparent, or else X-Ray's trace in the same form (AWS X-Ray tracing header)."""
        if self._trace is None:
            from portable.base.trace import traceparent as valid

            self._trace = valid(_sent(self.native[0])) or traceparent(os.environ.get("_X_AMZN_TRACE_ID", ""))
        return self._trace

    @trace.setter
    def trace(self, value: str | None) -> None:
        self._trace = value


def call_context(event: Any, native: Any, function: str) -> LambdaContext:
    """Return the context of an HTTP call. It does what LambdaContext does, and takes half of its time."""
    context = _new(LambdaContext)
    context.function = function
    context.native = (event, native)
    return context


def _sent(event: Any) -> Any:
    """Return the caller's header. REST APIs and load balancers keep its case, and may send several values per name."""
    if not isinstance(event, dict):
        return None
    for headers in (event.get("headers"), event.get("multiValueHeaders")):
        for name, value in headers.items() if isinstance(headers, dict) else ():
            if name.lower() == "traceparent":
                return value[0] if isinstance(value, list) and len(value) == 1 else value
    return None


def traceparent(header: str) -> str | None:
    """Return an X-Ray tracing header (Root=1-8hex-24hex;Parent=16hex;Sampled=1) as a W3C traceparent, or None."""
    parts: dict[str, str] = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        parts[name] = value
    from portable.base.trace import traceparent as valid

    root = parts.get("Root", "").split("-")
    parent = parts.get("Parent", "")
    if len(root) != 3 or len(root[1]) != 8 or len(root[2]) != 24 or len(parent) != 16:
        return None
    return valid(f"00-{root[1]}{root[2]}-{parent}-0{1 if parts.get('Sampled') == '1' else 0}")
