"""A request as Google Cloud sends it to a service: takes plain values; returns a WSGI environment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portable.testing.native import NativeRequest

_GUNICORN = {"SERVER_PORT": "8080", "REMOTE_ADDR": "169.254.1.1"}


class Native(NativeRequest):
    """An HTTP request to a service on Cloud Run."""

    __slots__ = ()

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environment that gunicorn makes of the request; RAW_URI is gunicorn's."""
        return self.wsgi(self.path, self.headers, "RAW_URI", _GUNICORN, ",")


def now() -> str:
    """Return the current time as Google's services write it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
