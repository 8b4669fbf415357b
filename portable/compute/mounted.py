"""What mounted apps of both protocols share: the resources that an app may touch, and the parts of a request and a reply."""

from __future__ import annotations

from portable.errors import InvalidValue, PermissionDenied
from portable.eventing.fields import CONNECTION, check_header
from portable.eventing.response import BODILESS, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from portable.eventing.request import Request
    from portable.eventing.streaming import Chunks

    Declared = tuple[tuple[Any, Any, Callable[[], Any]], ...]

_OF_THE_HOST = CONNECTION | {"content-length"}
"""Headers of one connection, which only the host may send, and the length, which every host counts itself."""


class Resources:
    """The resources of a mounted app: each is (resource, type of its client, what makes it)."""

    def __init__(self, declared: Declared, function: str = "") -> None:
        self._declared = declared
        self._function = function

    def get(self, resource: Any, client: Any) -> Any:
        """Return the client of a resource. Raises PermissionDenied for one that is not declared."""
        wanted = getattr(client, "__origin__", client)
        for known, kind, make in self._declared:
            if kind is wanted and known == resource:
                return make()
        named = getattr(wanted, "__name__", repr(wanted))
        raise PermissionDenied(
            f"the mounted app {self._function} does not declare a {named} of {resource!r}: "
            f"add Annotated[{named}, …] to its resources"
        )


def pairs(request: Request) -> Iterable[tuple[str, str]]:
    """Return the headers of a request as they came."""
    fields = request._fields
    return () if fields is None else fields if isinstance(fields, list) else fields.items()


def origin(headers: dict[str, str]) -> tuple[str, str, int]:
    """Return the scheme, host and port that a client used, from Host and X-Forwarded-Proto."""
    scheme = headers.get("x-forwarded-proto", "http").partition(",")[0].strip().lower()
    scheme = scheme if scheme == "https" else "http"
    host, _, port = headers.get("host", "localhost").rpartition(":")
    if not host or not port.isdigit():
        host, port = headers.get("host", "localhost"), ""
    return scheme, host, int(port) if port else 443 if scheme == "https" else 80


def made_response(method: str, status: int, headers: list[tuple[str, str]], body: bytes | Chunks) -> Response:
    """Return the reply of an app. Raises InvalidValue for a status or header that HTTP forbids.

    It is not changed but for headers of the host. The reply to HEAD keeps the length that its app says.
    """
    if not 200 <= status < 600:
        raise InvalidValue(f"status={status!r} must be a whole number from 200 to 599", status)
    response = Response.__new__(Response)
    response._content = b"" if status in BODILESS else body
    response._made = None
    response.status = status
    response.cookies = []
    response.headers = []
    for name, text in headers:
        key, value = name.lower(), text.strip(" \t")
        if not (value.isascii() and value.isprintable()):
            check_header(name, value)
        if key == "set-cookie":
            response.cookies.append(value)
        elif key not in _OF_THE_HOST or (key == "content-length" and method == "HEAD"):
            response.headers.append((key, value))
    return response


class Started:
    """What a WSGI app gives to `start_response`. The last call before anything is `sent` counts."""

    def __init__(self, function: str) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []
        self.sent = False
        self._function = function

    def start(self, status: str, headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], None]:
        """Take the status and the headers. A second call is for an error only (PEP 3333)."""
        if self.status and error is None:
            raise RuntimeError("the WSGI app called start_response twice")
        if self.sent:
            raise error[1].with_traceback(error[2])
        self.status = status
        self.headers = headers
        return self.written.append

    def response(self, method: str, body: bytes | Chunks) -> Response:
        """Return the response. Raises RuntimeError for an app that gave no status."""
        status, _, _ = self.status.partition(" ")
        if not status.isdigit():
            raise RuntimeError(f"the WSGI app {self._function} gave no status: it did not call start_response")
        return made_response(method, int(status), self.headers, body)
