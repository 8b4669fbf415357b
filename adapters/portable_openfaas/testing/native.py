"""A request as the template's server gets it: takes plain values; returns the WSGI environment that waitress makes."""

from __future__ import annotations

from typing import Any

from portable.testing.wsgi import NativeRequest, as_latin1


class Native(NativeRequest):
    """An HTTP request to an OpenFaaS function."""

    __slots__ = ()

    def environ(self) -> dict[str, Any]:
        """Return the environment.

        As in waitress, repeated headers are joined by a comma. Headers with an underscore and headers of proxies
        (X-Forwarded-For and similar) are dropped, because the template trusts no proxy.
        """
        own = {"REQUEST_URI": as_latin1(self.target), "SERVER_PORT": "5000", "REMOTE_ADDR": "127.0.0.1"}
        headers = [
            (name, as_latin1(value))
            for name, value in (*self.headers, ("content-length", str(len(self.body))))
            if "_" not in name and not name.lower().startswith(("x-forwarded-", "forwarded"))
        ]
        return self.environment(own, headers, ", ", f"/{self.path.lstrip('/')}")
