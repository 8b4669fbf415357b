"""`cloud.http`: a request written like httpx in, the app's response that reads like httpx's out."""

from __future__ import annotations

import json as _json
from collections.abc import Callable, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypedDict, Unpack
from urllib.parse import quote, urlencode
from uuid import uuid4

from portable.eventing.jsonable import plain
from portable.eventing.multidict import Headers, join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response

Params = Mapping[str, Any] | Sequence[tuple[str, Any]] | str
_SAFE = "/!$&'()*+,;=:@-._~%"


class HttpResponse:
    """A response as a client sees it: `status_code headers cookies content text json() expect(status)`."""

    def __init__(self, request: Request, response: Response, failure: str = "") -> None:
        """`failure` is the traceback of a handler that raised, shown when an expectation fails."""
        self.request = request
        self.status_code = response.status
        self.headers = Headers(join_headers(response.headers))
        self.set_cookies = list(response.cookies)
        self.content = response.body
        self._failure = failure

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the response sets, by name."""
        found: dict[str, str] = {}
        for text in self.set_cookies:
            try:
                found.update((name, morsel.value) for name, morsel in SimpleCookie(text).items())
            except CookieError:
                name, _, value = text.partition(";")[0].partition("=")
                found[name] = value
        return found

    @property
    def text(self) -> str:
        """The body as text, in its charset or UTF-8."""
        _, _, charset = self.headers.get("content-type", "").partition("charset=")  # type: ignore[union-attr]
        return self.content.decode(charset.partition(";")[0].strip("\"' ") or "utf-8", "replace")

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        """Return the body decoded from JSON."""
        return _json.loads(self.content)

    def expect(self, status: int) -> HttpResponse:
        """Return the response when it has this status; otherwise fail, the handler's own traceback first."""
        __tracebackhide__ = True
        if self.status_code != status:
            said = self.text if len(self.content) <= 2000 else f"{len(self.content)} bytes"
            what = f"{self.request.method} {self.request.raw_path} answered {self.status_code}, not {status}: {said}"
            raise AssertionError(f"{self._failure}\n\n{what}" if self._failure else what)
        return self

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status_code}, {len(self.content)} bytes>"


class RequestOptions(TypedDict, total=False):
    """What a request may have. `data` is a form; `files` are name -> bytes, or (file name, bytes[, content type])."""

    params: Params | None
    content: bytes | str | None
    json: Any
    data: Mapping[str, Any] | None
    files: Mapping[str, Any] | None
    headers: Mapping[str, str] | Sequence[tuple[str, str]] | None
    cookies: Mapping[str, str] | None
    client_ip: str | None


class HttpClient:
    """Calls the app over HTTP, without a server. Options are those of `RequestOptions`, named as httpx names them."""

    def __init__(self, send: Callable[[Request], HttpResponse]) -> None:
        self._send = send

    def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send one request."""
        return self._send(build_request(method, url, options))

    def get(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send GET."""
        return self._send(build_request("GET", url, options))

    def head(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send HEAD."""
        return self._send(build_request("HEAD", url, options))

    def options(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send OPTIONS."""
        return self._send(build_request("OPTIONS", url, options))

    def post(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send POST."""
        return self._send(build_request("POST", url, options))

    def put(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send PUT."""
        return self._send(build_request("PUT", url, options))

    def patch(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send PATCH."""
        return self._send(build_request("PATCH", url, options))

    def delete(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send DELETE."""
        return self._send(build_request("DELETE", url, options))


_OPTIONS = frozenset(RequestOptions.__annotations__)


def build_request(method: str, url: str, options: RequestOptions) -> Request:
    """Return the request that a client would send. Raises TypeError for an unknown option."""
    unknown = set(options) - _OPTIONS
    if unknown:
        raise TypeError(f"a request has no {', '.join(sorted(unknown))}: it takes {', '.join(sorted(_OPTIONS))}")
    if not url.startswith("/"):
        raise ValueError(f"the path {url!r} must start with a /")
    path, _, query = url.partition("?")
    headers = options.get("headers")
    fields = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    names = {name.lower() for name, _ in fields}
    cookies = options.get("cookies")
    if cookies:
        fields.append(("cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
    body, media_type = _body(options)
    if media_type and "content-type" not in names:
        fields.append(("content-type", media_type))
    if body and "content-length" not in names:
        fields.append(("content-length", str(len(body))))
    if "host" not in names:
        fields.append(("host", "testserver"))
    query = "&".join(part for part in (query, _query(options.get("params"))) if part)
    return Request(
        method.upper(), quote(path, safe=_SAFE), query, fields, body, options.get("client_ip", "203.0.113.7")
    )


def _query(params: Params | None) -> str:
    if params is None or isinstance(params, str):
        return params or ""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items() if isinstance(params, Mapping) else params:
        pairs += [(name, _text(item)) for item in _items(value)]
    return urlencode(pairs)


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _body(options: RequestOptions) -> tuple[bytes, str | None]:
    """Return the body and the media type it implies; none for content, as with httpx."""
    files, data, content = options.get("files"), options.get("data"), options.get("content")
    if files:
        return _multipart(data or {}, files)
    value = options.get("json")
    if value is not None:
        text = _json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=plain)
        return text.encode(), "application/json"
    if data is not None:
        return _query(data).encode(), "application/x-www-form-urlencoded"
    return content.encode() if isinstance(content, str) else content or b"", None


def _multipart(data: Mapping[str, Any], files: Mapping[str, Any]) -> tuple[bytes, str]:
    boundary = uuid4().hex
    parts: list[bytes] = []
    for name, value in data.items():
        parts += [_part(boundary, f'name="{name}"', None, _text(item).encode()) for item in _items(value)]
    for name, value in files.items():
        file_name, content, media_type = name, value, "application/octet-stream"
        if isinstance(value, tuple):
            file_name, content = value[:2]
            media_type = value[2] if len(value) > 2 else media_type
        parts.append(_part(boundary, f'name="{name}"; filename="{file_name}"', media_type, content))
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, disposition: str, media_type: str | None, content: bytes | str) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n".encode() + body + b"\r\n"
