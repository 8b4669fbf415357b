"""An API that a test writes, answered by the shipped dispatcher on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from unit.tooling.app.openapi.documents import IMPORTS
from unit.tooling.entry.apps import Entry, served

from portable.tooling.app.handlers import by_name, loaded_modules
from portable.tooling.app.openapi.document import document

SOURCE = '''
from dataclasses import field
from portable import UploadedFile

class Colour(enum.Enum):
    red = "red"
    blue = "blue"

@dataclass
class Line:
    sku: str
    count: int = 1

class Order(msgspec.Struct, rename={"kind": "x-kind"}):
    id: str
    lines: list[Line] = []
    kind: Colour = Colour.red

@function(http.get("/orders/{order_id}"))
def show(order_id: str, colour: Colour = Colour.red, tag: list[str] = [], dry: bool = False,
         agent: Annotated[str | None, http.Header("x-agent")] = None,
         session: Annotated[str | None, http.Cookie("session")] = None) -> dict[str, Any]:
    """Show "one" order.

    Also */ this and \\\\ that.
    """
    if order_id == "gone":
        raise HTTPError(404, "it is gone", {"retry-after": "12"})
    return {"id": order_id, "colour": colour.value, "tag": tag, "dry": dry, "agent": agent, "session": session}

@function(http.post("/orders"))
def create(body: Order) -> Order:
    return body

@function(http.post("/numbers"))
def numbers(body: list[int] | None = None) -> list[int] | None:
    return body

@function(http.put("/files/{name:path}"))
def store(name: str, body: bytes) -> str:
    return f"{name} {len(body)}"

@function(http.get("/class"), name="class")
def named_as_a_word(default: int = 1, self: str = "") -> bytes:
    return bytes([default])

@function(http.delete("/lines/{id}"))
def remove(id: int) -> None: ...

@dataclass
class Signup:
    name: str
    tags: list[str] = field(default_factory=list)
    photo: UploadedFile | None = None

@function(http.post("/signups"))
def sign_up(form: Annotated[Signup, http.Form]) -> list[Any]:
    photo = form.photo
    return [form.name, form.tags, *([photo.filename, photo.content_type, photo.size] if photo else [])]

@function(http.post("/notes"))
def note(title: Annotated[str, http.Form], done: Annotated[bool, http.Form] = False) -> list[Any]:
    return [title, done]

@function(http.post("/text"))
def text(body: str) -> str:
    return body[::-1]
'''


@contextmanager
def api(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the address and the OpenAPI document of the API."""
    with served(folder, SOURCE, IMPORTS) as entry:
        home = next(folder.resolve().glob("written_app_*"))
        made = document(entry.app, by_name(loaded_modules(home)), home)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(entry))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", json.loads(json.dumps(made))
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(entry: Entry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            response = entry.send(self.command, path, query, list(self.headers.items()), body)
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    return Handler
