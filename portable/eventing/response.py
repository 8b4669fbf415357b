"""`Response`: what an HTTP handler returns, and the conversion of other returned values to a Response."""

from __future__ import annotations

from json import JSONEncoder, encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from os import PathLike
    from typing import Any, Literal

    from portable.eventing.request import Request
    from portable.eventing.sendable_objects import Described, Reads, Signs
    from portable.eventing.server_events import Events
    from portable.eventing.stream_sources import Pieces
    from portable.eventing.streaming import Chunks

    Fields = Mapping[str, str] | Iterable[tuple[str, str]] | None
    Path = str | PathLike[str]
    Text = str | None

JSON = "application/json"
_new = object.__new__
_JSON_FIELD = ("content-type", JSON)
_SOUND = (JSON, "text/plain")
BODILESS = frozenset((204, 205, 304))
_MOST_AT_ONCE = 1 << 40


def fields() -> Any:
    """Return the module that checks headers, media types and statuses without a body. Few responses need it."""
    from portable.eventing import fields

    return fields


def _plain(value: Any) -> Any:
    from portable.eventing.jsonable import plain

    return plain(value)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise fields().unencodable(text) from error


def _make_encode() -> Callable[[Any], str]:
    """Return the encoder of JSON. It makes the C encoder once; `json` makes one per call, which doubles the cost."""
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:
        dumps = JSONEncoder(separators=(",", ":"), allow_nan=False, ensure_ascii=False, default=_plain).encode

        def chunks(value: Any, _level: int) -> tuple[str, ...]:
            return (dumps(value),)

    else:
        chunks = make(None, _plain, encoder.encode_basestring, None, ":", ",", False, False, False)

    def encode(value: Any) -> str:
        try:
            text = "".join(chunks(value, 0))
        except TypeError:
            from portable.eventing.jsonable import with_text_keys

            text = "".join(chunks(with_text_keys(value), 0))
        except ValueError as error:
            from portable.eventing.jsonable import refused

            raise refused(value, error) from error
        if text.isascii():
            return text
        return text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate is written as an escape

    return encode


_encode = _make_encode()


class Response:
    """An HTTP response: `status`, `headers` (pairs; names ignore case), `cookies` (Set-Cookie values), `body`.

    A str body is text in UTF-8. `media_type` becomes Content-Type unless the headers have one. Without either, text is
    text/plain and bytes are application/octet-stream. Text without a charset gets `charset=utf-8`. Characters of a
    Location that a URL cannot hold are percent-encoded.

    Raises TypeError for a body that is neither text nor bytes, ValueError for a status, header, media type or text that
    HTTP cannot carry. What a handler changes afterwards is checked when it returns the response.
    """

    __slots__ = ("_content", "_made", "cookies", "headers", "status")

    def __init__(
        self, body: bytes | str = b"", status: int = 200, headers: Fields = None, media_type: str | None = None
    ) -> None:
        if isinstance(body, str):
            if not body.isascii():
                _check_text(body)
        elif type(body) is not bytes:
            body = fields().body_bytes(body)
        if type(status) is not int or not 200 <= status < 600 or status in BODILESS:
            status = fields().checked_status(status, body, BODILESS)
        self._content: bytes | str | Chunks = body
        self.status = status
        self.cookies: list[str] = []
        self.headers: list[tuple[str, str]] = []
        typed = headers is not None and fields().add_headers(headers, self.headers, self.cookies, body)
        if media_type is None:
            media_type = "text/plain" if isinstance(body, str) else "application/octet-stream"
            typed = typed or not body
        elif media_type not in _SOUND:
            fields().check_media_type(media_type)
        if not typed:
            if media_type[:5] == "text/" and "charset=" not in media_type:
                media_type += "; charset=utf-8"
            self.headers.append(("content-type", media_type))
        self._made: tuple[Any, ...] | None = (status, *self.headers, *self.cookies)

    @property
    def body(self) -> bytes:
        """The body as bytes. The chunks of a streamed body are read at the first use, and kept."""
        content = self._content
        if not isinstance(content, (str, bytes)):
            content = self._content = content.gather(_MOST_AT_ONCE)
        return content.encode() if isinstance(content, str) else content

    @property
    def chunks(self) -> Chunks | None:
        """The chunks of a streamed body that nobody has read yet, else None. Iterate over them with `for` or `async for`."""
        return None if isinstance(self._content, (str, bytes)) else self._content

    @property
    def text_body(self) -> str | None:
        """The body as text if it was given as text, else None. Adapters use it to avoid encoding and decoding."""
        return self._content if isinstance(self._content, str) else None

    def header(self, name: str) -> str | None:
        """Return the value of a header. Repeated values are joined by ", ". None if it is not set."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: Fields = None) -> Response:
        """Return a value as JSON: builtins, dataclasses, Structs, pydantic models, datetimes, UUIDs, enums."""
        return cls(_encode(value), status, headers, JSON)

    @classmethod
    def text(cls, value: str, status: int = 200, headers: Fields = None) -> Response:
        """Return plain text."""
        return cls(value, status, headers, "text/plain")

    @classmethod
    def stream(cls, chunks: Pieces, media_type: Text = None, status: int = 200, headers: Fields = None) -> Response:
        """Send the pieces of an iterator as they come, bytes or text. An async iterator needs an `async def` handler.

        Hosts that cannot stream send all of it at the end, up to their limit. An error before the first piece is an
        error of the handler; a later one breaks the connection, so the client gets a part. A generator is closed when
        the client has gone. Raises TypeError for another value, and the errors of Response.
        """
        from portable.eventing.streaming import chunks_of

        return cls._of(chunks_of(chunks), status, headers, media_type)

    @classmethod
    def events(cls, events: Events, headers: Fields = None) -> Response:
        """Send server-sent events, one for each text, JSON value or `http.ServerEvent` of an iterator, as `stream` does."""
        from portable.eventing.server_events import HEADERS, MEDIA_TYPE, encoded
        from portable.eventing.streaming import chunks_of

        return cls._of(chunks_of(encoded(events, _encode)), 200, headers or HEADERS, MEDIA_TYPE)

    @classmethod
    def object(
        cls,
        info: Described,
        reader: Reads,
        request: Request,
        redirect: Signs | None = None,
        largest: int | None = None,
        expires: int = 300,
        headers: Fields = None,
    ) -> Response:
        """Send an object of a bucket: all of it, the range that the request asks for, or 304 if the client has it.

        `info` is from `reader.head(key)`; async clients do, too. Only what is sent is read, and only from this version:
        503 if it was replaced meanwhile. With `redirect`, a BucketSigner, what is larger than `largest` bytes or than
        the target can send is a redirect to a URL that lasts `expires` seconds. Raises HTTPError: 412, 416.
        """
        from portable.eventing.sent_parts import stored_object

        return stored_object(cls, info, reader, request, redirect, largest, expires, headers)  # type: ignore[no-any-return]

    @classmethod
    def file(cls, path: Path, request: Request, media_type: str | None = None, headers: Fields = None) -> Response:
        """Send a file: all of it, the range that the request asks for, or 304 if the client has it.

        Its media type is guessed from its name, its etag is made of its bytes. Check a path that comes from a request.
        Raises HTTPError: 404 if there is no such file, 412, 416.
        """
        from portable.eventing.sent_parts import stored_file

        return stored_file(cls, path, request, media_type, headers)  # type: ignore[no-any-return]

    def conditional(self, request: Request) -> Response:
        """Return what a GET or HEAD request wants of this response: 304 if the client has it, or a range of its body.

        A whole body without an `etag` header gets one, made of its bytes. Raises HTTPError: 412, 416.
        """
        from portable.eventing.sent_parts import conditional

        return conditional(self, request)  # type: ignore[no-any-return]

    @classmethod
    def _of(cls, chunks: Chunks, status: int, headers: Fields, media_type: str | None) -> Response:
        response = cls(chunks, status, headers, media_type)  # type: ignore[arg-type]
        response._made = ()
        return response

    @classmethod
    def redirect(cls, url: str, status: int = 307) -> Response:
        """Redirect to another URL by 301, 302, 303, 307 or 308; it is percent-encoded. Raises ValueError for another status."""
        if status not in (301, 302, 303, 307, 308):
            raise ValueError(f"status={status!r} of a redirect must be 301, 302, 303, 307 or 308")
        return cls(b"", status, [("location", fields().as_url(url))])

    def set_cookie(
        self,
        name: str,
        value: str = "",
        *,
        max_age: int | None = None,
        expires: datetime | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
    ) -> Response:
        """Add a Set-Cookie header (RFC 6265) and return the response. Raises ValueError for an invalid cookie.

        `max_age` is in seconds; `expires` is an aware datetime. Without both, the cookie ends with the browser session.
        """
        from portable.eventing.cookies import cookie_text

        self.cookies.append(cookie_text(name, value, max_age, expires, path, domain, secure, httponly, samesite))
        return self

    def __repr__(self) -> str:
        size = "streamed" if self.chunks is not None else f"{len(self.body)} bytes"
        return f"Response(status={self.status}, {size})"


def to_response(value: Any, awaited: bool = False) -> Response:
    """Return a handler's result as a Response: None becomes 204, str text, bytes octets, any other value JSON.

    A stream has begun then, unless the host awaits (`awaited`): then its `_made` is (). Raises TypeError for a tuple, because other frameworks read it as body and status, and for values that JSON cannot
    hold, ValueError for a Response that was changed to one that HTTP cannot carry.
    """
    if type(value) is dict:
        return _answer(_encode(value), _JSON_FIELD)
    if isinstance(value, Response):
        made = value._made
        if made is None or made == (value.status, *value.headers, *value.cookies):
            return value
        cookies = [("set-cookie", cookie) for cookie in value.cookies]
        checked = Response(value._content, value.status, [*value.headers, *cookies])  # type: ignore[arg-type]
        if made:
            return checked
        from portable.eventing.streaming import begun

        return begun(checked, awaited)  # type: ignore[no-any-return]
    if value is None:
        return Response(b"", 204)
    if isinstance(value, str):
        if not value.isascii():
            _check_text(value)
        return _answer(value, ("content-type", "text/plain; charset=utf-8"))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _answer(bytes(value), ("content-type", "application/octet-stream"))
    if type(value) is tuple:
        raise TypeError(
            "the handler returned a tuple. To set a status or headers, return Response.json(value, status=…)"
        )
    return _answer(_encode(value), _JSON_FIELD)


def _answer(content: bytes | str, content_type: tuple[str, str]) -> Response:
    """Return a 200 with a body and its type. It skips the checks that headers of the user need."""
    response = _new(Response)
    response._content = content
    response._made = None
    response.status = 200
    response.cookies = []
    response.headers = [content_type]
    return response
