"""A request as Google Cloud sends it to a service: takes plain values; returns a WSGI environment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portable.testing.wsgi import NativeRequest, as_latin1


class Native(NativeRequest):
    """An HTTP request: `path` and `query` as in the request line, header pairs, and the body."""

    __slots__ = ()

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environment that gunicorn makes from the request (PEP 3333; RAW_URI is gunicorn's)."""
        added = {"RAW_URI": as_latin1(self.target), "SERVER_PORT": "8080", "REMOTE_ADDR": "169.254.1.1"}
        return self.environment(added, self.headers, ",", self.path)


def now() -> str:
    """Return the current time as Google's services write it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
