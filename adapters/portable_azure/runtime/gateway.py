"""The caller of a request that came through API Management, which the function app's own front end does not know.

The policy of the gateway writes these headers itself, over any that a client sends. The host lets in only who has a key of
the function app, so a request with them is the gateway's or its owner's.
"""

from __future__ import annotations

CLIENT = "x-portable-client"
"""The header with the address of who called the gateway."""
HOST = "x-portable-host"
"""The header with the host name that was called."""
KEY = "x-functions-key"
"""The header with the key of the function app; no handler sees it."""


def caller(headers: dict[str, str]) -> str | None:
    """Return the address of who called the gateway. What is meant for the runtime alone is taken out of the headers."""
    headers.pop(KEY, None)
    host = headers.pop(HOST, None)
    if host:
        headers["host"] = host
    client = headers.pop(CLIENT, None)
    if client:
        return client
    from portable_azure.runtime.http import front_end

    return front_end(headers)
