"""`http.openapi`: the document and its page, as an app serves them, and what is refused with its place."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.app.openapi.documents import IMPORTS
from unit.tooling.entry.apps import imported, make_context, served

from portable.compute import dispatch
from portable.errors import DeclarationError
from portable.eventing.request import Request

SOURCE = '''
docs = http.openapi("/v1/openapi.json", page="/docs/", cors="*")

@dataclass
class Order:
    """What is <b>ordered</b>."""
    sku: str
    count: Annotated[int, msgspec.Meta(ge=1, description="how many & more")] = 1
    more: dict[str, "Order"] | None = None

@function(http.post("/orders/{shop}", auth=http.api_key(Secret("keys"))))
def order(shop: str, body: Order, sort: Literal["up", "down"] = "up") -> list[Order]:
    """Take an order from <script>.

    Tags: orders & more
    Example:
        {"sku": "<tea>"}
    """
    raise HTTPError(409, "there is <none>")

@function(http.get("/orders"))
def orders() -> None: ...
'''
HEAD = f"{IMPORTS}\nfrom portable import Secret\n"


class Page(HTMLParser):
    """The tags of a page, which must be closed, and the values of its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    with served(tmp_path, SOURCE, HEAD) as entry:
        reply = entry.send("GET", "/docs/", "", {"origin": "https://other.example"})
        page = Page(reply.body.decode())
    assert page.open == []
    assert page.tags.isdisjoint(("script", "link", "img", "iframe", "b", "tea"))
    links = {value for name, value in page.attributes if name == "href"}
    assert "../v1/openapi.json" in links
    anchors = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert {"#operation-order", "#operation-orders", "#schema-Order", "#scheme-api-key"} <= anchors
    assert {link for link in links if link and link[0] == "#"} <= anchors
    assert reply.header("access-control-allow-origin") == "*"


def test_the_server_of_a_document_is_where_the_request_came_to(tmp_path: Path) -> None:
    with served(tmp_path, SOURCE, HEAD) as entry:
        found: list[Any] = []
        for root in ("", '/pr"od'):
            request = Request("GET", "/v1/openapi.json")
            request.root_path = root
            found.append(json.loads(dispatch.http(entry.namespace["_table"], request, make_context()).body))
    assert [each["servers"] for each in found] == [[{"url": "/"}], [{"url": '/pr"od'}]]
    assert {*found[0]["paths"]} == {"/orders/{shop}", "/orders"}


@pytest.mark.parametrize("auth", ["http.signed_in(who)", 'http.api_key(Secret("keys"))', 'http.basic(Secret("keys"))'])
def test_a_document_asks_who_calls_as_any_route(tmp_path: Path, auth: str) -> None:
    declared = f'docs = http.openapi(page="/docs", auth={auth})\n'
    source = f"def who(request: Request) -> str:\n    raise HTTPError(401)\n\n{declared}"
    with served(tmp_path, source + '@function(http.get("/x"))\ndef show() -> str:\n    return "x"\n', HEAD) as entry:
        assert [entry.send("GET", path).status for path in ("/openapi.json", "/docs", "/x")] == [401, 401, 200]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ('docs = http.openapi("openapi.json")', "must start with"),
        ('docs = http.openapi("/{x}")', "hold no parameters"),
        ('docs = http.openapi("/docs", page="/docs")', "cannot have the same path"),
        (f'docs = http.openapi(name="{"d" * 38}", page="/docs")', "2 to 40 characters"),
        ("def f():\n    docs = http.openapi()", "is inside the function f: http.openapi is only for"),
        ('docs = http.openapi("/x")', "/x"),
        ("docs = http.openapi()\nmore = http.openapi('/two.json')", 'two functions have the name "openapi"'),
        ('docs = http.openapi(memory="much")', "memory"),
        ("http.openapi()", "http.openapi needs a name"),
    ],
)
def test_what_cannot_be_declared_is_refused_with_its_place(tmp_path: Path, declared: str, words: str) -> None:
    source = f'{declared}\n\n@function(http.get("/x"))\ndef show() -> str:\n    return "x"\n'
    with pytest.raises(DeclarationError, match=words) as caught, imported(tmp_path, source):
        pass
    assert ".py:" in str(caught.value)
