"""The page on moving in: it shows what `portable adopt` writes, which is imported, and does the same on every wire."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.testing.session.session import Session
from portable.tooling.adopt.adopting import adopt

PAGE = "docs/moving-in.md"
WIRES = (None, "aws", "azure", "gcp")
_NUMBERS = count()


def side(block: int, sign: str) -> str:
    """Return an app before ("-") or after ("+") it moved in."""
    other = "+" if sign == "-" else "-"
    lines = blocks(PAGE, "diff")[block].splitlines()
    return "\n".join(line[1:] for line in lines if not line.startswith(other)) + "\n"


@pytest.fixture
def app(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Any, Session]]:
    """Give the module and the session of what a block becomes."""
    name = f"moved_{next(_NUMBERS)}"
    (tmp_path / f"{name}.py").write_text(side(request.param, "+"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = import_module(name)
    session = Session(load_modules([module]))
    yield module, session
    session.close()
    del sys.modules[name]


def test_every_app_was_one_before() -> None:
    for number in range(len(blocks(PAGE, "diff"))):
        compile(side(number, "-"), "before", "exec")


@pytest.mark.parametrize(("number", "file"), [(0, "app.py"), (1, "main.py"), (2, "function_app.py")])
def test_the_page_shows_what_adopt_writes(number: int, file: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(side(number, "-"), encoding="utf-8")
    assert adopt(tmp_path).files[file].decode() == side(number, "+")


@pytest.mark.parametrize("app", [3], indirect=True)
@pytest.mark.parametrize("wire", WIRES)
def test_a_fastapi_app_moved_in(app: tuple[Any, Session], wire: str | None) -> None:
    pytest.importorskip("fastapi")
    cloud = Cloud(app[1].app, app[1], wire)
    found = cloud.http.get("/hello/ada").expect(200).json()
    cloud.close()
    assert (found["hello"], bool(found["call"])) == ("ada", True)


@pytest.mark.parametrize("app", [0], indirect=True)
@pytest.mark.parametrize("wire", WIRES)
def test_a_chalice_app_moved_in(app: tuple[Any, Session], wire: str | None) -> None:
    module, session = app
    cloud = Cloud(session.app, session, wire)
    assert cloud.http.get("/prices/tea").expect(200).json() == {"tea": 3}
    assert cloud.http.get("/prices/milk").expect(404).json() == {"detail": "milk"}
    asked = {"origin": "https://a.example"}
    answer = cloud.http.put("/prices/milk", json={"price": 2}, headers=asked).expect(200)
    assert (answer.json(), answer.headers["access-control-allow-origin"]) == ({"milk": 2}, "*")
    cloud.schedule(module.every_morning).fire()
    cloud.queue(module.jobs).send(b"sugar")
    cloud.bucket(module.photos).put("a.jpg", b"1")
    cloud.settle()
    cloud.close()
    assert {"coffee": 4, "sugar": 1, "a.jpg": 2}.items() <= module.PRICES.items()


@pytest.mark.parametrize("app", [1], indirect=True)
@pytest.mark.parametrize("wire", WIRES)
def test_an_app_of_functions_framework_moved_in(app: tuple[Any, Session], wire: str | None) -> None:
    module, session = app
    cloud = Cloud(session.app, session, wire)
    cloud.bucket(module.stored_bucket).put("a.jpg", b"1")
    cloud.topic(module.told_topic).publish(b"news")
    cloud.settle()
    answer = cloud.http.get("/?name=Ada").expect(201)
    cloud.close()
    assert (answer.text, answer.headers["x-seen"], sorted(module.SEEN)) == ("Hello Ada!", "2", ["a.jpg", "news"])


@pytest.mark.parametrize("app", [2], indirect=True)
@pytest.mark.parametrize("wire", WIRES)
def test_an_app_of_azure_moved_in(app: tuple[Any, Session], wire: str | None) -> None:
    module, session = app
    cloud = Cloud(session.app, session, wire)
    answer = cloud.http.post("/api/orders/tea", content=b"two").expect(201)
    cloud.schedule(module.often).fire()
    cloud.queue(module.jobs).send(b"job")
    cloud.settle()
    assert [message.text() for message in cloud.queue(module.sent_queue).pending] == ["tea"]
    cloud.close()
    assert (answer.content, answer.headers["content-type"]) == (b"two", "text/plain; charset=utf-8")
    assert module.DONE == ["tick", "job"]
