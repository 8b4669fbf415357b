"""An invocation is saved as a test that passes; one that cannot pass is not saved. The check says what stands against the app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts.local_dev import heard
from unit.tooling.dev.dashboard.market_here import running
from unit.tooling.dev.dashboard.visiting import TOKEN, Visitor, form

from portable.persistence.writes import Delete
from portable.storage.clients import BucketWriter
from portable.tooling.dev.dashboard.app import dashboard
from portable.tooling.dev.dashboard.replays.saving import run, state
from portable.tooling.dev.dashboard.replays.source import WAYS, module, name_of
from portable.tooling.dev.running import Running

SALE = {"shop": "ada & co", "number": 3, "at": "2026-01-31T12:00:00Z", "price": 2.5}
CALLS: dict[str, tuple[dict[str, Any], set[int]]] = {
    "sell": (
        {"method": "POST", "path": "/sales?loud=true", "headers": [["x-agent", "me"]], "body": SALE},
        {0, 1, 2, 3},
    ),
    "sale": ({"method": "GET", "path": "/sales/ada%20%26%20co/3"}, {1, 3}),
    "now": ({"method": "GET", "path": "/now"}, {2, 3}),
    "broken": ({"method": "GET", "path": "/broken"}, {0, 1, 2, 3}),
    "arrived": ({"key": "in/a.txt"}, {1, 3}),
    "work": ({"payload": {"what": "impossible"}, "attributes": {"a": "1"}}, {0, 1, 2, 3}),
    "hear": ({"payload": {"shop": "x"}, "attributes": {"kind": "sold"}}, {0, 1, 2, 3}),
    "click": ({"payload": {"a": 1}, "key": "k"}, {0, 1, 2, 3}),
    "nightly": ({"scheduled_at": "2026-01-31T02:00:00Z"}, {0, 1, 2, 3}),
}
"""Events, and the ways to write a test of each that pass: 1 and 3 put there what the call found, 0 and 1 compare the body."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setenv("PYTEST_PLUGINS", "portable.testing.plugin")  # the others would only cost time
        with running(tmp_path_factory.mktemp("market") / "market") as found, heard(found.settings.project):
            yield found


@pytest.fixture(scope="module")
def visitor(engine: Running) -> Visitor:
    return Visitor(dashboard(engine, TOKEN))


def saved(engine: Running) -> list[Path]:
    return sorted((engine.settings.project / "tests").glob("test_*.py"))


def test_every_kind_of_call_becomes_a_test_that_passes(engine: Running, tmp_path: Path) -> None:
    BucketWriter(engine.resource("bucket", "files"), engine.drivers).put("in/a.txt", b"\x00 text")
    folder = engine.settings.project / "together"
    folder.mkdir()
    source = ""
    for name, (event, _) in CALLS.items():
        found = engine.journal.one(engine.fire(name, event))
        assert found is not None
        function = engine.functions[name]
        source = module(function, found, state(engine, found), WAYS).replace(name_of(function, found), f"test_{name}")
        (folder / f"test_{name}.py").write_text(source, encoding="utf-8")
    passed = run(engine, folder)
    assert {name: {int(test[-1]) for test in passed if test.startswith(f"test_{name}_")} for name in CALLS} == {
        name: ways for name, (_, ways) in CALLS.items()
    }


def test_the_strongest_test_is_saved(visitor: Visitor, engine: Running) -> None:
    engine.fire("sell", {"method": "POST", "path": "/sales", "body": {**SALE, "number": 5}})
    made = engine.fire("sale", {"method": "GET", "path": "/sales/ada%20%26%20co/5"})
    path, fields = form(visitor.get(f"/invocations/{made}"), "/test")
    page = visitor.follow(visitor.post(path, fields))
    [file] = saved(engine)
    assert f"tests/{file.name} was written, was run and passes." in page.words
    text = file.read_text(encoding="utf-8")
    assert f"def {file.stem}(cloud: Cloud) -> None:" in text
    assert "from market import sales" in text
    assert "cloud.table(sales).put" in text
    assert "assert response.json() == {'shop': 'ada & co'" in text


def test_a_call_that_would_end_otherwise_is_not_saved(visitor: Visitor, engine: Running) -> None:
    engine.fire("sell", {"method": "POST", "path": "/sales", "body": {**SALE, "number": 4}})
    made = engine.fire("sale", {"method": "GET", "path": "/sales/ada%20%26%20co/4"})
    engine.drivers.of(engine.resource("table", "sales")).delete(Delete(("ada & co", 4), None))
    before = saved(engine)
    path, fields = form(visitor.get(f"/invocations/{made}"), "/test")
    answer = visitor.post(path, fields)
    assert answer.status == 400
    assert "does not end as it did here (status 200)" in answer.words
    assert saved(engine) == before


def test_the_check_says_what_stands_against_the_app_on_every_target(visitor: Visitor) -> None:
    waiting = visitor.get("/check")
    assert "being checked" in waiting.words
    report = visitor.get("/check/report")
    assert "takes the app" in report.words
    assert "IronWorker" in report.words
    chosen = visitor.get("/check/report?target=aws")
    assert "IronWorker" not in chosen.words.partition("What differs")[0]
    assert "takes the app" in visitor.get("/check").words
