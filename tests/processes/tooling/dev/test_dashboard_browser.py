"""The dashboard in a real browser, over a real `portable dev`: every page and form, live updates, a broken edit and its mend.

One browser and one server serve all tests of this file, which run in order. PORTABLE_SHOTS=1 leaves screenshots in
`.nox/reports/dashboard`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from servers.chromium import Browser, browser
from servers.install import TOOLS

ROOT = Path(__file__).parents[4]
MARKET = ROOT / "tests" / "apps" / "market"
SHOTS = TOOLS.parent / "reports" / "dashboard"
PAGES = {
    "map": "/",
    "function": "/functions/work",
    "invocations": "/invocations",
    "fire": "/fire",
    "fire-http": "/fire/sell?wire=aws",
    "fire-message": "/fire/work",
    "api": "/api",
    "resources": "/resources",
    "bucket": "/resources/bucket/files",
    "object": "/resources/bucket/files/object?key=in%2Fa.png",
    "table": "/resources/table/sales",
    "row": "/resources/table/sales/row?key=ada&sort=1",
    "queue": "/resources/queue/jobs",
    "topic": "/resources/topic/news",
    "stream": "/resources/stream/clicks",
    "secret": "/resources/secret/market-key",
    "setting": "/resources/setting/colour",
    "schedules": "/schedules",
    "permissions": "/permissions",
    "check": "/check/report",
    "fault": "/nothing",
}
SALE = '{"shop": "ada", "number": %d, "at": "2026-01-31T12:00:00Z", "price": 2.5}'
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGNQCTsOQQxwFgBHfgeHW9kN4QAAAABJRU5ErkJggg==")


@dataclass
class Served:
    """A running `portable dev`."""

    project: Path
    origin: str

    def dashboard(self, path: str) -> str:
        """Return the address of a page."""
        return f"{self.origin}/_portable{path}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Send a request past the browser."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(f"{self.origin}{path}", body, {"content-type": "application/json", **given}, method=method)
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start `portable dev` over the market."""
    project = tmp_path_factory.mktemp("market") / "market"
    shutil.copytree(MARKET, project)
    (project / ".portable.env").write_text("market-key=Tr0ub4dor-and-3\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("portable")), "dev", str(project), "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--no-schedules"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    found = Served(project, f"http://localhost:{port}")
    try:
        for _ in range(200):
            try:
                if found.ask("GET", "/now")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
        print(output)


@pytest.fixture(scope="module")
def chromium(served: Served) -> Iterator[Browser]:
    """Start one browser for all tests."""
    with browser() as found:
        found("open")
        yield found
        assert found("asked") == [served.origin], "a page asked another host"


def goto(chromium: Browser, served: Served, path: str) -> None:
    chromium("goto", url=served.dashboard(path))


def test_the_list_of_invocations_follows_what_happens(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/invocations")
    chromium("see", on="#live", text="live")
    for number in (1, 2):
        assert served.ask("POST", "/sales?loud=true", (SALE % number).encode())[0] == 200
    chromium("see", on="tr.new", text="POST /sales")
    chromium("see", on="tr", text="hear")
    chromium("choose", on="#f-function", value="work")  # which sends the filter
    chromium("see", on="tr", text="work")
    assert "POST" not in chromium("text", of="tbody")


def test_the_map_lights_up_where_something_is_called(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/")
    chromium("see", on="#live", text="live")
    served.ask("GET", "/now")
    chromium("see", on='.map a.pulse[data-name="now"]')
    chromium("click", on='.map a[data-name="sell"] text.name')
    chromium("see", on="h1", text="sell")


def test_a_call_shows_all_that_followed_from_it(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/invocations?function=sell")
    chromium("click", on="tbody a")
    chromium("see", on=".waterfall", text="hear")
    text = chromium("text")
    for part in ("what followed", "work", "sales.put", "sold by", "Parameters"):
        assert part in text, part
    usable(chromium, "trace")


def test_a_call_is_replayed_on_another_wire(chromium: Browser, served: Served) -> None:
    chromium("choose", on="#replay-wire", value="aws")
    chromium("click", on="text=Replay")
    chromium("see", on=".notice", text="fired once more")
    assert "aws" in chromium("text", of=".facts")


def test_a_function_is_fired_by_its_form(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/fire/work")
    chromium("click", on="form.panel button")
    assert chromium("evaluate", script="document.activeElement.validity.valueMissing"), "what is required is asked for"
    chromium("fill", on="#payload-what", value="impossible")
    chromium("click", on="form.panel button")
    chromium("see", on=".error", text="impossible cannot be done")
    chromium("see", on=".notice.bad", text="The call failed.")
    assert "market.py" in chromium("text", of=".trace")
    usable(chromium, "failed")


def test_json_that_cannot_be_read_is_marked_while_it_is_written(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/fire/work")
    chromium("fill", on="#event-text", value='{"payload": ')
    chromium("see", on='#event-text[aria-invalid="true"]')
    chromium("fill", on="#event-text", value='{"payload": {"what": "event"}}')
    chromium("see", on='#event-text[aria-invalid="false"]')
    chromium("click", on="text=Fire the event")
    chromium("see", on=".notice")


def test_a_row_is_made_changed_and_deleted(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/resources/table/notes")
    chromium("click", on="text=New row")
    chromium("fill", on="#row", value='{"id": "mine", "count": 1}')
    chromium("click", on="text=Save")
    chromium("see", on=".notice", text="saved")
    chromium("click", on="text=mine")
    chromium("fill", on="#row", value='{"id": "mine", "count": 2}')
    chromium("click", on="text=Save")
    chromium("see", on="tr", text="2")
    chromium("click", on="text=mine")
    chromium("click", on="text=Delete the row")  # it asks first, and the test says yes
    chromium("see", on=".notice", text="deleted")


def test_an_object_is_uploaded_looked_at_and_deleted(chromium: Browser, served: Served, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    goto(chromium, served, "/resources/bucket/files?prefix=in%2F")
    chromium("file", on="#file", path=str(tmp_path / "a.png"))
    chromium("click", on="text=Upload >> nth=-1")
    chromium("see", on=".notice", text="in/a.png was stored.")
    chromium("click", on="td a >> text=a.png")
    chromium("see", on=".picture img")
    assert chromium("evaluate", script="document.querySelector('.picture img').naturalWidth") == 3


def test_dead_letters_are_sent_back(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/resources/queue/jobs")
    chromium("fill", on="#attributes", value="not one")
    chromium("click", on="text=Send >> nth=-1")
    chromium("see", on=".problem", text="must have the form name=value")
    usable(chromium, "refused")
    chromium("fill", on="#attributes", value="")
    chromium("fill", on="#payload", value='{"what": "impossible"}')
    chromium("click", on="text=Send >> nth=-1")
    chromium("see", on=".messages", text="RuntimeError: impossible cannot be done")
    chromium("click", on="text=Send all back")
    chromium("see", on=".notice", text="1 dead letter went back to jobs.")
    chromium("see", on=".messages", text="failed at 2 attempts")  # it fails again, and the page follows


def test_a_broken_edit_is_told_at_once_and_so_is_its_mend(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/invocations")
    chromium("see", on="#live", text="live")
    source = served.project / "market.py"
    whole = source.read_text()
    source.write_text(whole.replace("def now()", "def now("))
    chromium("see", on=".banner", text="market.py:")
    assert "The version before it serves" in chromium("text", of=".banner")
    assert served.ask("GET", "/now")[0] == 200
    shot(chromium, "broken", whole=False)
    source.write_text(whole.replace("datetime.now(UTC).isoformat()", "'mended'"))
    chromium("gone", on=".banner")
    assert served.ask("GET", "/now")[1] == "mended"
    chromium("see", on="tr", text="GET /now")


def test_a_form_that_was_open_while_the_code_changed_is_still_taken(chromium: Browser, served: Served) -> None:
    goto(chromium, served, "/fire/nightly")
    source = served.project / "market.py"
    source.write_text(source.read_text().replace("'mended'", "'again'"))
    for _ in range(100):
        if served.ask("GET", "/now")[1] == "again":
            break
        time.sleep(0.05)
    chromium("click", on="form.panel button")
    chromium("see", on=".notice", text="The event was fired.")


def test_another_name_of_this_machine_gets_nothing(served: Served) -> None:
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}):
        status, text = served.ask("GET", "/_portable/", **headers)
        assert status == 403
        assert "market" not in text


def test_no_page_holds_the_secret(served: Served) -> None:
    assert served.ask("GET", "/key")[0] == 200
    _, listed = served.ask("GET", "/_portable/invocations?function=key")
    for link in re.findall(r'href="(/_portable/invocations/\w+)"', listed):
        text = served.ask("GET", link)[1]
        assert "***" in text
        assert "Tr0ub4dor" not in text


def test_pages_work_without_scripts(chromium: Browser, served: Served) -> None:
    chromium("open", scripts=False)
    goto(chromium, served, "/check")
    chromium("click", on="text=Wait for the report")
    chromium("see", on="main", text="takes the app")
    goto(chromium, served, "/fire/nightly")
    chromium("click", on="form.panel button")
    chromium("see", on=".notice", text="The event was fired.")
    chromium("open")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_used_by_everybody(chromium: Browser, served: Served, name: str) -> None:
    goto(chromium, served, PAGES[name])
    usable(chromium, name)


def usable(chromium: Browser, name: str) -> None:
    """Look at a page in light, dark and narrow: with axe-core, and keep a picture."""
    assert chromium("axe") == []
    shot(chromium, f"{name}-light")
    chromium("look", dark=True)
    assert chromium("axe", only="color-contrast") == []
    shot(chromium, f"{name}-dark")
    chromium("look", width=320, height=640)  # 1280 pixels at 400 %
    assert chromium("wide") == 0
    shot(chromium, f"{name}-narrow")
    chromium("look")
    assert chromium("faults") == []


def shot(chromium: Browser, name: str, *, whole: bool = True) -> None:
    """Leave a picture of the page, where somebody wants to see it: one costs as much as a test."""
    if "PORTABLE_SHOTS" in os.environ:
        SHOTS.mkdir(parents=True, exist_ok=True)
        chromium("shot", path=str(SHOTS / f"{name}.png"), whole=whole)
