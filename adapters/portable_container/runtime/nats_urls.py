"""The URLs of servers of NATS: a text in, its parts out."""

from __future__ import annotations

from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from urllib.parse import SplitResult

PORT = 4222
"""The port of a server whose URL has none."""


def parts(server: str) -> SplitResult:
    """Return the parts of a server's URL. Without a scheme it is `nats://`, as in nats-py."""
    return urlsplit(server if "://" in server else f"nats://{server}")


def is_url(server: str) -> bool:
    """Return whether nats-py can read a URL. Its own errors hold parts of it, and these may be the password."""
    try:
        found = parts(server)
        if found.scheme not in ("nats", "tls", "ws", "wss"):
            return False  # nats-py takes it for the name of a host
        return found.hostname is not None and found.port != 0 and "@" not in found.path + found.query + found.fragment
    except ValueError:
        return False


def place(server: str) -> str:
    """Return the host and port of a server, without what is secret in its URL."""
    found = parts(server)
    return f"{found.hostname}:{found.port or PORT}"
