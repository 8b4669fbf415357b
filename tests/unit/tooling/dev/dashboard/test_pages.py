"""Every page of the dashboard says what the app is and does."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from unit.tooling.dev.dashboard.market_here import SECRET
from unit.tooling.dev.dashboard.visiting import ROOT, TOKEN, Visitor

from portable.tooling.app.model import AppModel
from portable.tooling.dev.dashboard.app import dashboard
from portable.tooling.dev.engine import Broken
from portable.tooling.dev.running import Running

PAGES = (
    "/",
    "/functions/sell",
    "/functions/nightly",
    "/invocations",
    "/invocations?function=sell&outcome=failed&text=x",
    "/fire",
    "/fire/store",
    "/fire/sell?wire=aws",
    "/fire/work",
    "/fire/click",
    "/fire/arrived",
    "/fire/nightly",
    "/api",
    "/resources",
    "/resources/bucket/files",
    "/resources/bucket/files?flat=1&prefix=in%2F",
    "/resources/table/sales",
    "/resources/table/sales?index=by-state&key=open&field=price&operator=%3E&value=1",
    "/resources/table/sales/row",
    "/resources/queue/jobs",
    "/resources/queue/jobs-poison",
    "/resources/topic/news",
    "/resources/stream/clicks",
    "/resources/secret/market-key",
    "/resources/setting/colour",
    "/schedules",
    "/permissions",
    "/check",
)
VOID = {"meta", "link", "input", "br", "img", "rect", "path"}


class Whole(HTMLParser):
    """Fails for an element that is closed by another one, or not at all."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(page)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids)), "an id stands twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        names = [name for name, _ in attrs]
        assert "style" not in names, "the policy of the page forbids styles in elements"
        assert not [name for name in names if name.startswith("on")], (
            "the policy of the page forbids scripts in elements"
        )
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag not in VOID:
            assert self.open.pop() == tag, self.getpos()


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_whole_and_leads_only_to_pages_that_are_there(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert page.status == 200, page.words
    Whole(page.text)
    assert page.text.count("<h1") == 1
    assert "<title>" in page.text
    for link in {found for found in page.links if found.startswith(ROOT) and not found.startswith(f"{ROOT}/check")}:
        assert visitor.get(link.removeprefix(ROOT)).status == 200, link


def test_a_page_loads_nothing_from_another_host_and_runs_no_script_of_its_own(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)
    assert re.findall(r"<script[^>]*>[^<]", page.text) == []
    assert "<style" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["dashboard.css", "dashboard.js", "icon.svg"])
def test_what_pages_load_is_there_and_names_no_other_host(visitor: Visitor, name: str) -> None:
    found = visitor.get(f"/static/{name}")
    assert found.status == 200
    assert not re.search(rb"https?://(?!www\.w3\.org)", found.body)


def test_the_map_is_the_picture_of_plan_with_links(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert {f"{ROOT}/functions/sell", f"{ROOT}/resources/table/sales", f"{ROOT}/resources/secret/market-key"} <= {
        *page.links
    }
    assert 'data-kind="function" data-name="sell"' in page.text
    assert ".map {" in visitor.get("/picture.css").text


def test_a_function_says_where_it_is_and_what_it_may_do(visitor: Visitor) -> None:
    said = visitor.get("/functions/work").words
    for part in ("Do a job.", "market.py:", "2, then jobs-poison", "queue jobs fires it", "table notes"):
        assert part in said, part


@pytest.mark.parametrize(
    "path", ["/nothing", "/functions/none", "/fire/none", "/invocations/none", "/resources/queue/none"]
)
def test_what_is_not_there_is_told_on_a_page(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert page.status == 404
    assert "not possible" in page.words


def test_a_broken_edit_is_told_on_every_page_and_gone_when_it_is_mended(visitor: Visitor, engine: Running) -> None:
    before = re.search(r'data-state="(\w+)"', visitor.get("/").text)
    engine.broken = Broken("SyntaxError: <oops>", "market.py:7", "Traceback: here\n  <oops>")
    try:
        page = visitor.get("/schedules")
    finally:
        engine.broken = None
    assert "market.py:7 : SyntaxError: <oops>" in page.words
    assert "<oops>" not in page.text
    after = re.search(r'data-state="(\w+)"', page.text)
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    assert "SyntaxError" not in visitor.get("/schedules").text


def test_a_schedule_tells_its_next_runs_and_fires_now(visitor: Visitor) -> None:
    said = visitor.get("/schedules").words
    assert "0 3 * * * in Europe/Berlin" in said
    assert len(re.findall(r"\w{3} \d{4}-\d\d-\d\d 03:00 CES?T", said)) >= 4
    after = visitor.follow(visitor.post("/schedules/nightly/fire", {}))
    assert "nightly was fired." in after.words
    assert "notes. put" in after.words.replace("notes.put", "notes. put")


def test_permissions_tell_what_was_used(visitor: Visitor) -> None:
    visitor.follow(visitor.post("/schedules/nightly/fire", {}))
    page = visitor.get("/permissions")
    nightly, work = (
        page.text.partition(f'href="{ROOT}/functions/{name}"')[2].partition("</tr>")[0] for name in ("nightly", "work")
    )
    assert re.search(r'grant used">[^/]*</span> put', nightly)
    assert re.search(r'grant unused">[^/]*</span> delete', nightly), "its transaction puts, and deletes nothing"
    assert re.search(r'grant soft">[^/]*</span> send', work), "no parameter asks for it: it is for dead letters"


def test_no_page_holds_the_value_of_a_secret(visitor: Visitor, engine: Running) -> None:
    made = engine.fire("key", {"method": "GET", "path": f"/key?given={SECRET}"})
    engine.drivers.of(engine.resource("bucket", "files")).put("in/secret.txt", SECRET.encode(), *_plain())
    pages = [*PAGES, f"/invocations/{made}", "/resources/bucket/files/object?key=in%2Fsecret.txt"]
    for path in pages:
        page = visitor.get(path)
        assert SECRET not in page.words, path
        assert "Tr0ub4dor" not in page.text, path
    assert "***" in visitor.get(f"/invocations/{made}").text


def _plain() -> tuple[object, object]:
    from portable.storage.driver import ALWAYS, check_attributes

    return check_attributes("text/plain", None), ALWAYS


def test_an_app_that_could_not_be_loaded_has_a_dashboard_that_says_why(engine: Running) -> None:
    class Nothing:
        app = AppModel("market", (), (), ())
        broken = Broken("NameError: name 'oops' is not defined", "market.py:3", "Traceback")
        settings, journal, drivers, handlers = engine.settings, engine.journal, engine.drivers, {}
        stopping = False

        def schedules(self) -> list[object]:
            return []

    visitor = Visitor(dashboard(Nothing(), TOKEN))  # type: ignore[arg-type]
    for path in ("/", "/fire", "/api", "/resources", "/schedules", "/permissions", "/check"):
        page = visitor.get(path)
        assert page.status == 200
        assert "market.py:3 : NameError: name 'oops' is not defined" in page.words
