"""`cloud.http`: takes a request written like httpx; returns the app's response that reads like httpx's."""

from __future__ import annotations

import json as _json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urljoin, urlsplit

from portable.eventing.multidict import Headers, join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.http.building import RequestOptions, build_request
from portable.testing.http.caller import Caller, Callers

if TYPE_CHECKING:
    from portable.testing.http.apps import AsgiApp, WsgiApp

MOST_REDIRECTS = 20


class Interrupted(ConnectionError):
    """The app raised in the middle of a streamed reply: a client gets a part of it, and the connection breaks.

    `response` has the chunks that came; `__cause__` is what the app raised.
    """

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(f"the reply ended after {len(response.chunks)} chunks, in its middle")
        self.response = response


class HttpResponse:
    """A response as a client sees it: `status_code`, `headers` (names ignore case), `content` (bytes) and what follows."""

    def __init__(self, request: Request, response: Response, failure: str = "") -> None:
        """`failure` is the traceback of a handler that raised, shown when an expectation fails."""
        self.request = request
        self.status_code = response.status
        self.headers = Headers(join_headers(response.headers))
        self.set_cookies = list(response.cookies)
        self.chunks: list[bytes] = []
        """The pieces in which a streamed body came; a whole body is one piece."""
        self._unread = response.chunks
        if self._unread is None and response.body:
            self.chunks.append(response.body)
        self.history: list[HttpResponse] = []
        """The answers that led to this one, with `follow_redirects`."""
        self._failure = failure

    @property
    def content(self) -> bytes:
        """The body."""
        return b"".join(self.chunks)

    def iter_chunks(self) -> Iterator[bytes]:
        """Yield the pieces of a streamed body as the app makes them; pieces that came already first. Raises Interrupted."""
        yield from list(self.chunks)
        while self._unread is not None:
            try:
                chunk = next(self._unread, None)
            except Exception as error:
                self._unread = None
                raise Interrupted(self) from error
            if chunk is None:
                self._unread = None
                return
            self.chunks.append(chunk)
            yield chunk

    def read(self) -> HttpResponse:
        """Read a streamed body to its end and return the response. Raises Interrupted."""
        for _ in self.iter_chunks():
            pass
        return self

    def close(self) -> None:
        """Read no more of a streamed body, as a client that goes away: the app's generator is closed."""
        unread, self._unread = self._unread, None
        if unread is not None:
            unread.close()

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
    def has_redirect_location(self) -> bool:
        """Whether it is a redirect."""
        return self.status_code in (301, 302, 303, 307, 308) and "location" in self.headers

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        """Return the body decoded from JSON."""
        return _json.loads(self.content)

    def expect(self, status: int) -> HttpResponse:
        """Return the response if it has this status. Otherwise fail, with the handler's traceback first."""
        __tracebackhide__ = True
        if self.status_code != status:
            said = self.text if len(self.content) <= 2000 else f"{len(self.content)} bytes"
            what = f"{self.request.method} {self.request.raw_path} answered {self.status_code}, not {status}: {said}"
            raise AssertionError(f"{self._failure}\n\n{what}" if self._failure else what)
        return self

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status_code}, {len(self.content)} bytes>"


def redirected(response: HttpResponse) -> Request:
    """Return the request that a redirect leads to, as httpx makes it: 303 becomes GET, and 301 or 302 after POST."""
    asked = response.request
    method, body = asked.method, asked.body
    dropped = {"host", "cookie"}
    if (response.status_code == 303 and method != "HEAD") or (response.status_code in (301, 302) and method == "POST"):
        method, body = "GET", b""
        dropped |= {"content-length", "content-type", "transfer-encoding"}
    here = f"http://{asked.headers.get('host') or 'testserver'}"
    target = urljoin(here + asked.raw_path, str(response.headers["location"]))
    if urlsplit(target).netloc != urlsplit(here).netloc:
        raise ValueError(
            f"{asked.method} {asked.raw_path} redirects to {target}, which is not the app, so the request is not sent"
        )
    fields = [(name, value) for name, value in asked.headers.multi_items() if name.lower() not in dropped]
    cookies = {**asked.cookies, **response.cookies}
    return build_request(
        method, target, {"headers": fields, "content": body, "cookies": cookies, "client_ip": asked.client_ip}
    )


class HttpClient:
    """Calls the app over HTTP, without a server. The options have the names and forms that httpx gives them.

    They are `params`, `content`, `json`, `data`, `files`, `headers`, `cookies`, `auth`, `follow_redirects`, `client_ip`.
    """

    def __init__(
        self, send: Callable[[Request], HttpResponse], callers: Callers | None = None, caller: Caller | None = None
    ) -> None:
        """`callers` makes the requests of a `caller`, whom the routes let in; None is anybody."""
        self._send = send
        self._callers = callers
        self._caller = caller

    def as_user(self, user: Any, scopes: Sequence[str] | None = None, **claims: Any) -> HttpClient:
        """Return a client whose requests come from somebody whom the routes let in, by the `auth=` that each declares.

        `http.jwt`: a signed token whose subject is `user`, with the `scopes` (all that the route asks for, if they are left
        out) and `claims`. `http.api_key` and `http.basic`: the key or password of this name in the secret; if the test gave
        the secret no value, it gets one. `http.signature`: a signature of the body, at the time of the clock.
        `http.signed_in`: what its function would return, if that is no `Principal`: then `user` is that value.
        """
        return HttpClient(self._send, self._callers, Caller(user, scopes, claims))

    def token(self, user: str, scopes: Sequence[str] | None = None, **claims: Any) -> str:
        """Return a token that the kit signs, as `as_user` sends it.

        `claims` are added, or replace those that the kit makes: `iss`, `aud`, `iat`, `exp` (an hour by the clock) and
        `scope`; None leaves one out. Raises LookupError if no route of the app takes tokens.
        """
        if self._callers is None:
            raise LookupError("this client has no app whose routes take tokens")
        return self._callers.token(Caller(user, scopes, claims))

    def _sent(self, request: Request) -> HttpResponse:
        if self._caller is not None and self._callers is not None:
            request = self._callers.request(request, self._caller)
        return self._send(request)

    def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send one request; with `follow_redirects` also what its answer leads to. A streamed reply is read to its end."""
        return self._requested(method, url, options).read()

    def _requested(self, method: str, url: str, options: RequestOptions) -> HttpResponse:
        response = self._sent(build_request(method, url, options))
        history: list[HttpResponse] = []
        while options.get("follow_redirects") and response.has_redirect_location:
            if len(history) == MOST_REDIRECTS:
                raise ValueError(f"{method} {url} was redirected more than {MOST_REDIRECTS} times")
            history.append(response)
            response.close()
            response = self._sent(redirected(response))
        response.history = history
        return response

    @contextmanager
    def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> Iterator[HttpResponse]:
        """Send one request and read its reply with `iter_chunks()`, in a `with` block. At its end the client goes away."""
        response = self._requested(method, url, options)
        try:
            yield response
        finally:
            response.close()

    def as_asgi(self) -> AsgiApp:
        """Return an ASGI app that sends each request by this client, for the test client of a framework."""
        from portable.testing.http import apps

        return apps.asgi(self._send)

    def as_wsgi(self) -> WsgiApp:
        """Return a WSGI app that sends each request by this client, for the test client of a framework."""
        from portable.testing.http import apps

        return apps.wsgi(self._send)

    def get(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send GET."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send HEAD."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def post(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Unpack[RequestOptions]) -> HttpResponse:
        """Send DELETE."""
        return self.request("DELETE", url, **options)
