"""An invocation is saved as a test that passes; one that cannot pass is not saved. The check says what stands against the app."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hosts.local_dev import heard
from msgspec.structs import replace
from unit.tooling.dev.dashboard.market_here import KEYS, running
from unit.tooling.dev.dashboard.visiting import TOKEN, Visitor, form

from portable.persistence.writes import Delete
from portable.storage.clients import BucketWriter
from portable.tooling.dev.dashboard.app import dashboard
from portable.tooling.dev.dashboard.replays.running import NotSaved, Runner
from portable.tooling.dev.dashboard.replays.saving import save, ways_of
from portable.tooling.dev.dashboard.replays.source import Way, module, name_of
from portable.tooling.dev.dashboard.replays.state import state
from portable.tooling.dev.running import Running

SALE = {"shop": "ada & co", "number": 3, "at": "2026-01-31T12:00:00Z", "price": 2.5}
CALLS: dict[str, tuple[dict[str, Any], tuple[bool, bool]]] = {
    "sell": (
        {"method": "POST", "path": "/sales?loud=true", "headers": [["x-agent", "me"]], "body": SALE},
        (False, True),
    ),
    "sale": ({"method": "GET", "path": "/sales/ada%20%26%20co/3"}, (True, True)),
    "now": ({"method": "GET", "path": "/now"}, (False, False)),
    "broken": ({"method": "GET", "path": "/broken"}, (False, True)),
    "arrived": ({"key": "in/a.txt"}, (True, False)),
    "work": ({"payload": {"what": "impossible"}, "attributes": {"a": "1"}}, (False, False)),
    "hear": ({"payload": {"shop": "x"}, "attributes": {"kind": "sold"}}, (False, False)),
    "click": ({"payload": {"a": 1}, "key": "k"}, (False, False)),
    "nightly": ({"scheduled_at": "2026-01-31T02:00:00Z"}, (False, False)),
}
"""Events, and the strongest test of each that passes: whether it needs what the call found, and whether it compares the body."""


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
    BucketWriter(engine.resource("bucket", "files"), engine.drivers).put("in/a.txt", b"\x00 text" * 9)
    folder = engine.settings.project / "together"
    folder.mkdir()
    ways: dict[str, list[Way]] = {}
    for name, (event, _) in CALLS.items():
        found = engine.journal.one(engine.fire(name, event))
        assert found is not None
        function = engine.functions[name]
        ways[name] = ways_of(state(engine, found), found)
        source, files = module(function, found, ways[name])
        (folder / f"test_{name}.py").write_text(source.replace(name_of(function, found), f"test_{name}"))
        for file, content in files.items():
            (folder / f"test_{name}").mkdir(exist_ok=True)
            (folder / f"test_{name}" / file).write_bytes(content)
    with Runner(engine.settings.project) as runner:
        passed = runner.passed(folder)

    def first(name: str) -> Way:
        return next(way for number, way in enumerate(ways[name]) if {f"test_{name}", f"test_{name}_{number}"} & passed)

    chosen = {name: first(name) for name in CALLS}
    assert {name: (way.given != (), way.exact) for name, way in chosen.items()} == {
        name: expected for name, (_, expected) in CALLS.items()
    }


def test_what_is_long_is_written_beside_the_test(visitor: Visitor, engine: Running) -> None:
    """The text of a large row would be a wall of escapes in the test."""
    before = saved(engine)
    made = engine.fire("sell", {"method": "POST", "path": "/sales", "body": {**SALE, "tags": ["long"] * 200}})
    path, fields = form(visitor.get(f"/invocations/{made}"), "/test")
    visitor.follow(visitor.post(path, fields))
    [file] = set(saved(engine)) - set(before)
    assert "content=(DATA / 'sent.json').read_bytes()" in file.read_text()
    assert (file.with_suffix("") / "sent.json").read_bytes().count(b"long") == 200
    file.unlink()
    assert "is the test of this call already" in visitor.post(path, fields).words, "its files are"
    shutil.rmtree(file.with_suffix(""))


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
    assert text.count("cloud.table(sales).put") == 1, "only the row that the call needs"
    assert f"cloud.clock.set('{datetime.now(UTC):%Y-%m-%dT}" in text, "a row with a ttl is there in later runs, too"
    assert "assert response.json() == {\n        'shop': 'ada & co',\n" in text


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


def test_a_call_with_a_key_becomes_a_test_that_needs_none_and_is_not_written_over(
    visitor: Visitor, engine: Running
) -> None:
    key = KEYS.rpartition(":")[2]
    made = [
        engine.fire("partner", {"method": "GET", "path": "/partner", "headers": [["x-api-key", key]]}) for _ in range(2)
    ]
    path, fields = form(visitor.get(f"/invocations/{made[0]}"), "/test")
    before = saved(engine)
    visitor.follow(visitor.post(path, fields))
    [file] = set(saved(engine)) - set(before)
    text = file.read_text(encoding="utf-8")
    assert "cloud.http.as_user('globex').request('GET', '/partner')" in text
    assert "assert response.json() == {'partner': 'globex'}" in text
    assert made[1] not in file.name
    file.write_text("# mine", encoding="utf-8")
    assert "is the test of this call already" in visitor.post(path, fields).words
    assert file.read_text(encoding="utf-8") == "# mine"


def test_a_call_with_a_hidden_value_is_refused_with_its_place(
    visitor: Visitor, engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runner, "passed", lambda tests, place: set())
    event = {"method": "GET", "path": "/sales/a/1", "headers": [["authorization", "Bearer abc.def"]]}
    path, fields = form(visitor.get(f"/invocations/{engine.fire('sale', event)}"), "/test")
    said = visitor.post(path, fields)
    assert said.status == 400
    assert "was hidden when the call was kept: the header authorization" in said.words
    assert "such as time" not in said.words
    assert list(form(said, "/test")[1]) == [*fields], "the page is still that of the call"


def test_what_keeps_pytest_from_a_test_is_told(engine: Running, tmp_path: Path) -> None:
    file = tmp_path / "test_apart.py"
    file.write_text("def test_apart(cloud): ...\n", encoding="utf-8")
    with (
        Runner(engine.settings.project) as runner,
        pytest.raises(NotSaved, match=r"could not begin it: .*no app under test found"),
    ):
        runner.passed(file)


def test_two_calls_of_a_function_are_two_files(engine: Running) -> None:
    made = [engine.journal.one(engine.fire("now", {"method": "GET", "path": "/now"})) for _ in range(2)]
    names = {name_of(engine.functions["now"], each) for each in made if each is not None}
    assert len(names) == 2


def test_a_test_that_would_hold_a_secret_is_not_saved(engine: Running) -> None:
    found = engine.journal.one(engine.fire("work", {"payload": {"what": "tell"}}))
    assert found is not None
    before = saved(engine)
    with pytest.raises(NotSaved, match="secret"):
        save(engine, engine.functions["work"], found, lambda data: b"tell" in data)
    assert saved(engine) == before


def test_the_check_says_what_stands_against_the_app_on_every_target(visitor: Visitor) -> None:
    waiting = visitor.get("/check")
    assert "being checked" in waiting.words
    report = visitor.get("/check/report?every=1")
    assert "takes the app" in report.words
    assert "IronWorker" in report.words
    chosen = visitor.get("/check/report?every=1&target=aws")
    assert "IronWorker" not in chosen.words.partition("What differs")[0]
    as_the_command = visitor.get("/check/report").text.partition("<h2>")[0]
    assert "<strong>aws</strong>" in as_the_command
    assert "<strong>ironworker</strong>" not in as_the_command, "it does not take the app, and nobody asked for it"
    assert "takes the app" in visitor.get("/check").words


def test_an_error_of_portable_is_compared_by_its_class(engine: Running) -> None:
    found = engine.journal.one(engine.fire("work", {"payload": {"what": "impossible"}}))
    assert found is not None
    ending = "Traceback (most recent call last):\nportable.errors.NotFound: no sale: 3\nof ada"
    failed = replace(found, error="no sale: 3\nof ada", traceback=ending)
    text, _ = module(engine.functions["work"], failed, [Way((), False)])
    assert "__name__ == 'NotFound'" in text.replace('"', "'")
