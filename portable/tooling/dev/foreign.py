"""Tells requests of other sites from our own: the scope of a request in, why it is refused out.

A page of another site may point its name at this machine (DNS rebinding), post a form to it, embed it, or open a WebSocket.
What a browser says about where a request comes from (`Host`, `Origin`, `Sec-Fetch-Site`) is compared with where it goes.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from ipaddress import ip_address
from typing import Any

from portable.tooling.grouping import grouped

Scope = MutableMapping[str, Any]
SAFE = ("GET", "HEAD")


def refusal(scope: Scope, what: str, hosts: Collection[str] = ()) -> str | None:
    """Return why a request to `what`, such as "the dashboard", is refused; None if it is not.

    `hosts` are further names of this machine. Over HTTPS only pages that came by HTTPS are our own.
    """
    given: dict[str, list[str]] = grouped(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
    )
    if len(given.get("host", ())) != 1:
        return f"a request to {what} has one Host header"
    [host] = given["host"]
    if not is_own(host, hosts):
        return misnamed(host, what)
    schemes = ("https",) if scope.get("scheme") in ("https", "wss") else ("http", "https")
    for origin in given.get("origin", ()):
        scheme, _, place = origin.partition("://")
        if scheme not in schemes or place.lower() != host.lower():
            return f"a page of {origin!r} may not use {what}"
    site = given.get("sec-fetch-site", ["none"])[0]
    followed = scope.get("method") in SAFE and given.get("sec-fetch-mode", [""])[0] == "navigate"
    if site not in ("same-origin", "none") and not followed:
        return f"a page of another site may not use {what}"
    return None


def misnamed(host: str, what: str) -> str:
    """Return why a request that names another host is refused, and what to do."""
    return (
        f"{what} is not served under the name {host!r}: open it as localhost or 127.0.0.1, or add the name to hosts in "
        "[tool.portable.dev] of pyproject.toml"
    )


def is_own(host: str, hosts: Collection[str] = ()) -> bool:
    """Return whether a Host header names this machine: loopback by name or number, or one of `hosts`."""
    name = host.lower()
    if name.startswith("["):
        name, bracket, rest = name[1:].partition("]")
        if not bracket or (rest and not (rest[0] == ":" and rest[1:].isdecimal())):
            return False
    else:
        name, colon, port = name.partition(":")
        if colon and not port.isdecimal():
            return False
    if name in ("localhost", *(found.lower() for found in hosts)) or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
