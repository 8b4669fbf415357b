"""A visitor of the dashboard without a browser: sends requests to the ASGI app, reads pages, fills forms."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from portable.tooling.dev.dashboard.guard import App

TOKEN = "token-of-the-test"
ROOT = "/_portable"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The page, with its entities."""
        return self.body.decode()

    @property
    def words(self) -> str:
        """What a page says, without its markup."""
        found = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", self.text, flags=re.S)
        return " ".join(html.unescape(found).split())

    @property
    def links(self) -> list[str]:
        """Where a page leads to."""
        return [html.unescape(found) for found in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', self.text)]


class Visitor:
    """Visits one dashboard."""

    def __init__(self, app: App) -> None:
        self.app = app

    def get(self, path: str, **headers: str) -> Answer:
        """Return a page."""
        return self.send("GET", path, b"", headers)

    def post(self, path: str, fields: Mapping[str, str], token: str | None = TOKEN, **headers: str) -> Answer:
        """Send a form. The answer to a form that was taken leads to the next page, which `follow` returns."""
        given = {**fields, **({"token": token} if token is not None else {})}
        kind = {"content-type": "application/x-www-form-urlencoded", "origin": "http://localhost:8000"}
        return self.send("POST", path, urlencode(given).encode(), {**kind, **headers})

    def upload(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send a form with a file."""
        parts = [
            f'--edge\r\ncontent-disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in {**fields, "token": TOKEN}.items()
        ]
        head = f'--edge\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\ncontent-type: text/html\r\n\r\n'
        body = b"".join([*parts, head.encode(), content, b"\r\n--edge--\r\n"])
        return self.send("POST", path, body, {"content-type": "multipart/form-data; boundary=edge"})

    def follow(self, answer: Answer) -> Answer:
        """Return the page that an answer leads to. It must lead to one."""
        assert answer.status == 303, answer.words
        return self.get(answer.headers["location"].removeprefix(ROOT))

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request to a path below /_portable."""
        place = urlsplit(path)
        given = {"host": "localhost:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": ROOT + place.path,
            "raw_path": (ROOT + place.path).encode(),
            "query_string": place.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }
        return asyncio.run(self._send(scope, body))

    async def _send(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return waiting.pop() if waiting else await asyncio.Event().wait()  # it does not go away

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:]))


class Controls(HTMLParser):
    """The forms of a page: where each goes, and the values that it would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._area: str | None = None
        self._choice: tuple[str, bool] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form or a control."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif self.forms and "name" in given:
            fields = self.forms[-1][1]
            if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
                fields[given["name"]] = given.get("value", "on")
            elif tag == "textarea":
                self._area, fields[given["name"]] = given["name"], ""
            elif tag == "select":
                self._choice = (given["name"], False)
        elif tag == "option" and self._choice is not None and "value" in given:
            name, chosen = self._choice
            if "selected" in given or not (chosen or name in self.forms[-1][1]):
                self.forms[-1][1][name] = given["value"]
                self._choice = (name, "selected" in given)

    def handle_data(self, data: str) -> None:
        """Take the text of an area."""
        if self._area is not None:
            self.forms[-1][1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """End a control."""
        if tag == "textarea" and self._area is not None:
            fields = self.forms[-1][1]
            fields[self._area] = fields[self._area].removeprefix("\n")  # as browsers do
            self._area = None
        elif tag == "select":
            self._choice = None


def form(page: Answer, end: str) -> tuple[str, dict[str, str]]:
    """Return the form whose address ends with a text: its path below /_portable and its fields, without the token."""
    [(action, fields)] = [found for found in Controls(page.text).forms if found[0].endswith(end)]
    return action.removeprefix(ROOT), {name: value for name, value in fields.items() if name != "token"}
