"""A request as the template's server gets it: takes plain values; returns the WSGI environment that waitress makes."""

from __future__ import annotations

from typing import Any

from portable.testing.native import NativeRequest, latin1

_WAITRESS = {"SERVER_PORT": "5000", "REMOTE_ADDR": "127.0.0.1"}


class Native(NativeRequest):
    """An HTTP request to a function of OpenFaaS."""

    __slots__ = ()

    def environ(self) -> dict[str, Any]:
        """Return the environment.

        As in waitress, repeated headers are joined by a comma. Headers with an underscore and headers of proxies
        (X-Forwarded-For and similar) are dropped, because the template trusts no proxy.
        """
        sent = (*self.headers, ("content-length", str(len(self.body))))
        passed = [
            (name, latin1(value))
            for name, value in sent
            if "_" not in name and not name.lower().startswith(("x-forwarded-", "forwarded"))
        ]
        return self.wsgi(f"/{self.path.lstrip('/')}", passed, "REQUEST_URI", _WAITRESS, ", ")
