"""`Request`: the HTTP request that a handler gets. It is the same on every target."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portable.eventing.forms import Form
    from portable.eventing.multidict import Headers, MultiMap

JSON = "application/json"
_new = object.__new__


class Request:
    """One HTTP request.

    `method` is upper case. `raw_path` is the percent-encoded path without a stage or prefix. It is the path that the
    client sent, or the path encoded again if a gateway decoded it. `path` is decoded once. `query` keeps repeated and
    empty values. `headers` ignores case. `body` is the bytes that the client sent. `path_params` are decoded.
    `client_ip` is the address of the caller or None. `principal` is who calls, on a route with `auth=`, else None.
    `root_path` is the stage or prefix that was taken from the path.
    """

    root_path: str = ""

    _headers: Headers | None = None
    _query: MultiMap[str] | None = None
    _cookies: dict[str, str] | None = None
    _form: Form | None = None
    principal: Any = None
    """Who calls, on a route with `auth=`."""
    _limits: list[tuple[str, str]] | None = None
    """The header fields that tell the client what `limit=` leaves to it."""
    # defaults of lazy fields are class attributes, so a call that does not read them stores nothing

    def __init__(
        self,
        method: str,
        raw_path: str,
        query: str | list[tuple[str, str]] = "",
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: bytes = b"",
        client_ip: str | None = None,
    ) -> None:
        """`query` is the raw query string or decoded pairs. `headers` may repeat a name."""
        self.method = method
        self.raw_path = raw_path
        self._query_string = query
        self._fields = headers
        self.body = body
        self.client_ip = client_ip
        self.path_params: dict[str, str] = {}

    @property
    def headers(self) -> Headers:
        """The header fields. Names ignore case, and repeated headers are one value."""
        headers = self._headers
        if headers is None:
            from portable.eventing.multidict import Headers, join_headers

            given = self._fields or {}
            headers = self._headers = Headers(join_headers(given if isinstance(given, list) else list(given.items())))
        return headers

    @property
    def path(self) -> str:
        """The path with percent-escapes decoded."""
        from portable.eventing.urls import unquote

        return unquote(self.raw_path)

    @property
    def query(self) -> MultiMap[str]:
        """The decoded query parameters."""
        query = self._query
        if query is None:
            from portable.eventing.multidict import MultiMap

            given = self._query_string
            if isinstance(given, str):
                from portable.eventing.urls import parse_query

                given = parse_query(given)
            query = self._query = MultiMap(given)
        return query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of the request by name.

        If a name is repeated, the first value counts, as RFC 6265 orders them.
        """
        cookies = self._cookies
        if cookies is None:
            from portable.eventing.multidict import Cookies

            cookies = self._cookies = Cookies()
            for part in (self.headers.get("cookie") or "").split(";"):
                name, separator, value = part.strip().partition("=")
                if separator and name:
                    if len(value) > 1 and value[0] == value[-1] == '"':
                        value = value[1:-1]
                    cookies.setdefault(name, value)
        return cookies

    @property
    def media_type(self) -> str | None:
        """The media type of the body in lower case, without parameters. None if none was sent."""
        fields = self._fields
        if isinstance(fields, dict) and fields.get("content-type") == JSON:  # most hosts send names in lower case
            return JSON
        sent = self.headers.get("content-type")
        return sent.partition(";")[0].strip().lower() if sent else None

    def text(self) -> str:
        """Return the body as text, in the charset of its Content-Type or else UTF-8.

        Raises InvalidInput: 400 if the body is not valid in this charset, 415 for a charset that browsers do not know.
        """
        sent = self.headers.get("content-type")
        if sent and "charset" in sent.lower():
            from portable.eventing.content import decode_text, parameters

            return decode_text(self.body, parameters(sent).get("charset", "utf-8"))
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            from portable.errors import InvalidInput

            raise InvalidInput("must be utf-8 text", "body") from None

    def json(self) -> Any:
        """Return the body decoded from JSON. Raises InvalidInput (400) with the place of the fault."""
        from portable.eventing.payload import json_value

        return json_value()(self.body)

    def form(self) -> Form:
        """Return a posted form, urlencoded or multipart. It is parsed once.

        `form.text(name)` is a field, `form.file(name)` a file; each is a 400 if the client did not send it.
        Raises InvalidInput: 415 for another media type, 400 for a broken form, 413 for too many fields.
        """
        form = self._form
        if form is None:
            from portable.eventing.forms import parse_form

            form = self._form = parse_form(self.body, self.media_type, self.headers.get("content-type") or "")
        return form

    def __repr__(self) -> str:
        return f"Request({self.method} {self.raw_path})"


def received(
    method: str,
    raw_path: str,
    query: str | list[tuple[str, str]],
    headers: Mapping[str, str] | list[tuple[str, str]] | None,
    body: bytes,
    client_ip: str | None,
) -> Request:
    """Return the request of a host's event. It does what Request does, and takes half of its time."""
    request = _new(Request)
    request.method = method
    request.raw_path = raw_path
    request._query_string = query
    request._fields = headers
    request.body = body
    request.client_ip = client_ip
    request.path_params = {}
    return request


def sent(request: Request) -> tuple[str | list[tuple[str, str]], Any]:
    """Return the query and the headers of a request as they were given to it, to send it on unchanged."""
    return request._query_string, request._fields
