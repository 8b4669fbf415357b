"""A client of written, version 0. Made by portable from its OpenAPI document; make it again when that changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen
from uuid import uuid4


File: TypeAlias = tuple[str, bytes, str]
"""A file of a form: its name, its bytes and its media type."""


Colour: TypeAlias = 'Literal["blue", "red"]'


class ErrorReply(TypedDict):
    """What went wrong, and where in the request."""

    detail: Any
    at: NotRequired[str]
    errors: NotRequired[list[dict[str, Any]]]


class Line(TypedDict):
    sku: str
    count: NotRequired[int]


Order = TypedDict("Order", {
    "id": 'str',
    "lines": 'NotRequired[list[Line]]',
    "x-kind": 'NotRequired[Colour]',
})


class Signup(TypedDict):
    name: str
    tags: NotRequired[list[str]]
    photo: NotRequired[File | None]


class ApiError(Exception):
    """An answer that is an error. `detail` says what went wrong, `at` is the place in the request or None.

    `retry_after` are the seconds after which to try again, such as for a 429, or None.
    """

    def __init__(self, status: int, detail: Any, at: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(f"{status}: {detail}" + (f" (at {at})" if at else ""))
        self.status = status
        self.detail = detail
        self.at = at
        self.retry_after = retry_after


class Client:
    """Calls the API at a URL. `headers` are sent with each request; `timeout` is in seconds.

    Each method raises ApiError for an answer that is an error, and OSError when the server cannot be reached.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = 30.0) -> None:
        self._url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout = timeout

    def show(
        self,
        order_id: str,
        *,
        colour: Colour | None = None,
        tag: list[str] | None = None,
        dry: bool | None = None,
        x_agent: str | None = None,
        session: str | None = None,
    ) -> dict[str, Any]:
        """Show "one" order.

        Also */ this and \\ that.
        """
        answer: dict[str, Any] = self._send(
            "GET",
            f"/orders/{quote(_text(order_id), '')}",
            query={"colour": colour, "tag": tag, "dry": dry},
            headers={"x-agent": x_agent},
            cookies={"session": session},
        )
        return answer

    def create(self, body: Order) -> Order:
        """Send POST /orders."""
        answer: Order = self._send(
            "POST",
            "/orders",
            body=json.dumps(body).encode(),
            media_type="application/json",
        )
        return answer

    def numbers(self, body: list[int] | None = None) -> list[int] | None:
        """Send POST /numbers."""
        answer: list[int] | None = self._send(
            "POST",
            "/numbers",
            body=None if body is None else json.dumps(body).encode(),
            media_type="application/json",
        )
        return answer

    def store(self, name: str, body: bytes | None = None) -> str:
        """Send PUT /files/{name}."""
        answer: str = self._send(
            "PUT",
            f"/files/{quote(_text(name), '/')}",
            body=body,
            media_type="application/octet-stream",
        )
        return answer

    def class_(self, *, default: int | None = None, self_: str | None = None) -> bytes:
        """Send GET /class."""
        answer: bytes = self._send("GET", "/class", query={"default": default, "self": self_})
        return answer

    def remove(self, id: int) -> None:
        """Send DELETE /lines/{id}."""
        self._send("DELETE", f"/lines/{quote(_text(id), '')}")

    def sign_up(self, body: Signup) -> list[Any]:
        """Send POST /signups."""
        answer: list[Any] = self._send("POST", "/signups", **_form(body))
        return answer

    def note(self, body: dict[str, Any]) -> list[Any]:
        """Send POST /notes."""
        answer: list[Any] = self._send("POST", "/notes", **_form(body))
        return answer

    def text(self, body: str | None = None) -> str:
        """Send POST /text."""
        answer: str = self._send(
            "POST",
            "/text",
            body=None if body is None else body.encode(),
            media_type="text/plain",
        )
        return answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        media_type: str = "",
    ) -> Any:
        pairs = [(name, _text(each)) for name, given in (query or {}).items() for each in _several(given)]
        sent = {**self._headers, **{name: _text(value) for name, value in (headers or {}).items() if value is not None}}
        if body is not None:
            sent["content-type"] = media_type
        held = [f"{name}={_text(value)}" for name, value in (cookies or {}).items() if value is not None]
        if held:
            sent["cookie"] = "; ".join(held)
        url = f"{self._url}{path}" + (f"?{urlencode(pairs)}" if pairs else "")
        try:
            with urlopen(Request(url, body, sent, method=method), timeout=self._timeout) as answer:
                return _read(answer.read(), answer.headers.get("content-type", ""))
        except HTTPError as error:
            found = _read(error.read(), error.headers.get("content-type", ""))
            told = found if isinstance(found, dict) else {"detail": found}
            wait = error.headers.get("retry-after", "")
            seconds = int(wait) if wait.isdigit() else None
            raise ApiError(error.code, told.get("detail"), told.get("at"), seconds) from None


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(body: bytes, content_type: str) -> Any:
    kind = content_type.partition(";")[0].strip()
    if not body:
        return None
    if kind == "application/json" or kind.endswith("+json"):
        return json.loads(body)
    return body.decode() if kind.startswith("text/") else body


def _form(body: Any) -> dict[str, Any]:
    """Return a form as the body and media type of a request."""
    if body is None:
        return {}
    edge = uuid4().hex
    lines: list[bytes] = []
    for name, given in body.items():
        for value in _several(given):
            said = f'form-data; name="{_quoted(name)}"'
            if isinstance(value, tuple):
                filename, content, media_type = value
                said += f'; filename="{_quoted(filename)}"\r\nContent-Type: {media_type}'
            else:
                content = _text(value).encode()
            lines += [f"--{edge}\r\nContent-Disposition: {said}\r\n\r\n".encode(), content, b"\r\n"]
    lines.append(f"--{edge}--\r\n".encode())
    return {"body": b"".join(lines), "media_type": f"multipart/form-data; boundary={edge}"}


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
