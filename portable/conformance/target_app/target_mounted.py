"""Apps that exist already, one of each protocol, and a function below one of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

from portable import Bucket, BucketReadWriter, Secret, TableReader, http
from portable import Table as _Table
from portable import function as _function

shelf = Bucket("shelf")
rows = _Table("mounted-rows", key="id")
word = Secret("mounted-word")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """An ASGI app without a framework. It has a startup, and below its prefix one path for each thing to see."""
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["starts"] = scope["state"].get("starts", 0) + 1
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    answer = _ANSWERS.get(scope["path"].removeprefix(scope["root_path"]).strip("/"), _echo)
    await answer(scope, receive, send)


async def _reply(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def _echo(scope: Message, receive: Receive, send: Send) -> None:
    message = await receive()
    seen = {name: scope[name] for name in ("method", "path", "root_path", "http_version", "state", "scheme")}
    seen["raw_path"], seen["query"] = scope["raw_path"].decode(), scope["query_string"].decode()
    seen["headers"] = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    seen["client"], seen["body"] = (scope["client"] or [None])[0], message["body"].decode("latin-1")
    seen["function"] = scope["portable.context"].function
    length = (b"content-length", str(len(json.dumps(seen))).encode())
    body = b"" if scope["method"] == "HEAD" else json.dumps(seen).encode()
    await _reply(send, 200, body, (b"content-type", b"application/json"), length)


async def _parts(_scope: Message, receive: Receive, send: Send) -> None:
    """Send a body in parts, while a task waits for the end of the connection."""
    await receive()
    waiting = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 203, "headers": [(b"content-type", b"image/png")]})
    for part in (b"\x00\x01", b"", b"\xff" * 3):
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    early = waiting.done()
    await send({"type": "http.response.body", "body": b"!" if early else b"."})
    assert (await waiting)["type"] == "http.disconnect"


async def _pieces(scope: Message, _receive: Receive, send: Send) -> None:
    """Send a body piece by piece, and fail in the middle if it is asked to."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    for number in range(3):
        await send({"type": "http.response.body", "body": b"%d\n" % number, "more_body": True})
        if number == 1 and scope["query_string"]:
            raise ValueError("a secret of the pieces")
    await send({"type": "http.response.body"})


async def _cookies(_scope: Message, _receive: Receive, send: Send) -> None:
    given = [(b"set-cookie", b"a=1; Path=/; HttpOnly"), (b"set-cookie", b"b=2"), (b"x-many", b"1"), (b"X-Many", b"2")]
    await _reply(send, 200, b"", *given)


async def _after(scope: Message, _receive: Receive, send: Send) -> None:
    """Answer, and then go on with work that ends before the reply does."""
    await _reply(send, 200, b"answered")
    await asyncio.sleep(0)
    http.resource(scope, shelf, BucketReadWriter).put("after", b"done")


async def _store(scope: Message, _receive: Receive, send: Send) -> None:
    store = http.resource(scope, shelf, BucketReadWriter)
    found = store.get("after") if store.exists("after") else b""
    await _reply(send, 200, found + http.resource(scope, word, str).encode())


async def _stranger(scope: Message, _receive: Receive, _send: Send) -> None:
    http.resource(scope, rows, TableReader)


async def _fail(_scope: Message, _receive: Receive, send: Send) -> None:
    """Fail before a whole response, as an app without a framework does."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("a secret of the app")


async def _answered(_scope: Message, _receive: Receive, send: Send) -> None:
    """Answer with an own page and raise the error again, as frameworks do for their servers."""
    await _reply(send, 500, b"the app's own page", (b"content-type", b"text/html"))
    raise ValueError("a secret behind the page")


_ANSWERS = {
    "parts": _parts,
    "pieces": _pieces,
    "cookies": _cookies,
    "after": _after,
    "store": _store,
    "stranger": _stranger,
    "fail": _fail,
    "answered": _answered,
}


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI app without a framework."""
    if environ["PATH_INFO"] == "/store":
        store = http.resource(environ, shelf, BucketReadWriter)
        store.put("plain", b"kept")
        start_response("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [store.get("plain")]
    if environ["PATH_INFO"] == "/fail":
        raise ValueError("a secret of the plain app")
    if environ["PATH_INFO"] == "/pieces":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"%d\n" % number for number in range(3))
    names = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH", "HTTP_X_ONE")
    seen = {name: environ.get(name) for name in names}
    seen["body"] = environ["wsgi.input"].read().decode("latin-1")
    body = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return iter([body[:5], body[5:]])


mounted = http.asgi(
    "/mounted", app, resources=(Annotated[BucketReadWriter, shelf], Annotated[str, word]), name="mounted"
)
older = http.wsgi("/older/app", "target_mounted:plain", resources=[Annotated[BucketReadWriter, shelf]])


@_function(http.get("/mounted/own/{name}"))
def own(name: str) -> str:
    """Answer below a mounted app: the paths of functions win."""
    return f"own {name}"
