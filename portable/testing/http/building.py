"""Takes a request with the options of httpx; returns the request that the app gets."""

from __future__ import annotations

import json as _json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict
from urllib.parse import quote, urlencode, urlsplit

from portable.eventing.jsonable import plain
from portable.eventing.request import Request
from portable.tooling.run.multipart import Files, multipart

Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]
CLIENT_IP = "203.0.113.7"
"""Where a request comes from that does not say it: an address for examples (RFC 5737)."""
HOST = "testserver"
"""Where a request goes that does not say it."""
_SAFE = "/!$&'()*+,;=:@-._~%"
_QUERY_SAFE = _SAFE + "?"


class RequestOptions(TypedDict, total=False):
    """What a request may have, as httpx names it.

    `params` may be a mapping (values may be lists), pairs, text or bytes; `headers` a mapping or pairs of text or bytes;
    `cookies` a mapping, pairs or a CookieJar; `content` bytes, text or an iterable of bytes; `data` a form, whose values
    may be lists, or raw bytes or text; `files` what `portable.tooling.run.multipart` takes; `auth` user and password,
    or a function that takes the request's headers (a dict) and changes them. `timeout` and `extensions` have no effect.
    """

    params: Pairs | str | bytes | None
    content: Any
    json: Any
    data: Pairs | str | bytes | None
    files: Files | None
    headers: Any
    cookies: Any
    auth: Any
    follow_redirects: bool
    timeout: Any
    extensions: Any
    client_ip: str | None


_OPTIONS = frozenset(RequestOptions.__annotations__)


def build_request(method: str, url: str, options: RequestOptions) -> Request:
    """Return the request that a client would send. Raises TypeError for an unknown option."""
    unknown = set(options) - _OPTIONS
    if unknown:
        raise TypeError(f"a request has no {', '.join(sorted(unknown))}: it takes {', '.join(sorted(_OPTIONS))}")
    host, path, query = _split(str(url))
    fields = _headers(options.get("headers"))
    names = {name.lower() for name, _ in fields}
    cookies = _cookies(options.get("cookies"))
    if cookies:
        fields.append(("cookie", "; ".join(f"{name}={value}" for name, value in cookies)))
    body, media_type = _body(options)
    fields += [field for field in _auth(options.get("auth")) if field[0].lower() not in names]
    if media_type and "content-type" not in names:
        fields.append(("content-type", media_type))
    if body and "content-length" not in names:
        fields.append(("content-length", str(len(body))))
    if "host" not in names:
        fields.append(("host", host or HOST))
    more = _query(options.get("params"))
    query = "&".join(part for part in (query, more) if part)
    address = options.get("client_ip", CLIENT_IP)
    return Request(method.upper(), quote(path, safe=_SAFE), query, fields, body, address)


def _split(url: str) -> tuple[str, str, str]:
    """Return host, path and query of a path or an absolute URL; a fragment is not sent."""
    if "://" in url.partition("?")[0]:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise ValueError(f"the URL {url!r} must begin with http:// or https://")
        return parts.netloc.rpartition("@")[2], parts.path or "/", parts.query
    if not url.startswith("/"):
        raise ValueError(f"the path {url!r} must start with a /")
    path, _, query = url.partition("#")[0].partition("?")
    return "", path, query


def _pairs(values: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of a mapping, of httpx's own multi-valued kinds, or of an iterable of pairs."""
    if values is None:
        return []
    multi = getattr(values, "multi_items", None)
    if multi is not None:
        return list(multi())
    return list(values.items()) if isinstance(values, Mapping) else [tuple(pair) for pair in values]


def _headers(headers: Any) -> list[tuple[str, str]]:
    return [(_decoded(name), _decoded(value)) for name, value in _pairs(headers)]


def _decoded(text: Any) -> str:
    return text.decode("latin-1") if isinstance(text, (bytes, bytearray)) else str(text)


def _cookies(cookies: Any) -> list[tuple[str, str]]:
    jar = getattr(cookies, "jar", cookies)  # httpx.Cookies holds a jar
    if jar is not None and hasattr(jar, "extract_cookies"):
        return [(cookie.name, cookie.value or "") for cookie in jar]
    return [(str(name), str(value)) for name, value in _pairs(cookies)]


class _Unsent(dict[str, Any]):
    """The headers that authentication sets; also the request that has them, as httpx hands it over."""

    @property
    def headers(self) -> _Unsent:
        """The headers of the request."""
        return self


def _auth(auth: Any) -> list[tuple[str, str]]:
    """Return the headers that user and password make, or that a callable or an httpx.Auth sets before it sends."""
    if auth is None:
        return []
    unsent = _Unsent()
    if hasattr(auth, "auth_flow"):
        next(auth.auth_flow(unsent), None)
    elif callable(auth):
        changed = auth(unsent)
        unsent.update(changed if isinstance(changed, dict) else {})
    else:
        user, password = auth
        unsent["authorization"] = "Basic " + b64encode(f"{_decoded(user)}:{_decoded(password)}".encode()).decode()
    return [(_decoded(name), _decoded(value)) for name, value in unsent.items()]


def _query(params: Pairs | str | bytes | None) -> str:
    if params is None or isinstance(params, (str, bytes)):
        return quote(_decoded(params or "").removeprefix("?"), safe=_QUERY_SAFE)
    return urlencode(_fields(params))


def _fields(values: Any) -> list[tuple[str, str]]:
    """Return each name with each of its values as text."""
    return [(str(name), _text(item)) for name, value in _pairs(values) for item in _items(value)]


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _decoded(value) if isinstance(value, bytes) else str(value)


def _body(options: RequestOptions) -> tuple[bytes, str | None]:
    """Return the body and the media type it implies; none for content, as with httpx."""
    files, data = options.get("files"), options.get("data")
    raw = isinstance(data, (str, bytes, bytearray, memoryview))
    if files:
        if raw:
            raise TypeError("data beside files is a form: a mapping or pairs")
        return multipart(_fields(data), files)
    value = options.get("json")
    if value is not None:
        text = _json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=plain)
        return text.encode(), "application/json"
    if data is not None and not raw:
        return urlencode(_fields(data)).encode(), "application/x-www-form-urlencoded"
    return _raw(data if data is not None else options.get("content")), None


def _raw(content: Any) -> bytes:
    if content is None:
        return b""
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    read = getattr(content, "read", None)
    if read is not None:
        return _raw(read())
    return b"".join(content)
