"""Takes the scope of a request; returns `Context`. Its id and its trace are made only when somebody asks for them."""

from __future__ import annotations

import os
from time import time

from portable.base.trace import traceparent
from portable.compute.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.asgi import Scope
    from portable.eventing.request import Request

_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:=+/@")
LONGEST_ID = 128


class HttpContext(Context):
    """`Context` of a request; `native` is (scope, None). `left` says that nobody waits for the call any more.

    If the proxy before the app is `believed`, its X-Request-Id is the id of the call.
    """

    __slots__ = ("_believed", "_id", "_request", "left")
    _streams = True

    def __init__(self, scope: Scope, request: Request, seconds: float, believed: bool) -> None:
        self.native = (scope, None)
        self.function = ""
        self.attempt: int | None = None
        self._ends = time() + seconds
        self._trace = None
        self._request = request
        self._believed = believed
        self._id: str | None = None
        self.left = False

    @property
    def request_id(self) -> str:  # type: ignore[override]
        """X-Request-Id of a proxy that is believed, or 32 random hex digits."""
        found = self._id
        if found is None:
            sent = self._request.headers.get("x-request-id") if self._believed else None
            fits = sent and len(sent) <= LONGEST_ID and _ID.issuperset(sent)
            found = self._id = sent if sent and fits else os.urandom(16).hex()
        return found

    @property
    def trace(self) -> str | None:
        """The traceparent of the caller."""
        if self._trace is None:
            self._trace = traceparent(self._request.headers.get("traceparent"))
        return self._trace
