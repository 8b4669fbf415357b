"""The kit's streams: what is sent arrives at each function, by key, on every wire, whatever goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from unit.testing import stream_app
from unit.testing.stream_app import clicks, count, follow, log, page, pages, tally, totals

from portable.testing import events
from portable.testing.app import App, load_modules
from portable.testing.cloud import Cloud

WIRES = [None, "aws", "azure", "gcp", "local"]
SEEDS = [(None, seed) for seed in range(12)] + [(wire, seed) for wire in WIRES[1:] for seed in range(3)]
"""A seed chooses the same accidents on every wire. A wire only encodes what is delivered."""


@pytest.fixture(scope="module")
def app() -> App:
    return load_modules([stream_app])


@pytest.fixture(params=WIRES, ids=lambda wire: wire or "direct")
def kit(app: App, request: pytest.FixtureRequest) -> Iterator[Cloud]:
    made = Cloud(app, wire=request.param)
    yield made
    made.close()


def test_a_record_reaches_every_function_that_reads_the_stream(kit: Cloud) -> None:
    assert kit.http.post("/clicks", json=[{"user": "ann"}, {"user": "bob", "page": "/x"}]).json() == {"sent": 2}
    assert {name: len(found) for name, found in kit.stream(clicks).pending.items()} == {
        "follow": 2,
        "tally": 2,
        "count": 2,
    }
    kit.settle()
    assert [(row["key"], row["attempt"]) for row in kit.table(log).rows()] == [("ann", 1), ("bob", 1)]
    assert [call.event.payload for call in kit.function(page).calls] == [b"/x"]
    assert [record.key for record in kit.stream(pages).records] == ["/x"]
    assert sum(len(call.event) for call in kit.function(tally).calls) == 2
    assert kit.stream(clicks).pending == {"follow": [], "tally": [], "count": []}
    assert kit.failures == []


def test_a_record_that_fails_holds_back_its_key_and_becomes_a_dead_letter(kit: Cloud) -> None:
    stream = kit.stream(clicks)
    bad = stream.send({"user": "ann", "weight": -1}, attributes={"kind": "x"})
    stream.send_many([{"user": "bob"}, {"user": "ann"}])
    kit.settle()
    told = [(call.event.payload.user, call.event.payload.weight, call.attempt) for call in kit.function(follow).calls]
    assert [one for one in told if one[0] == "ann"] == [("ann", -1, 1), ("ann", -1, 2), ("ann", 1, 1)]
    assert told.index(("bob", 1, 1)) < told.index(("ann", 1, 1))
    (dead,) = [letter for letter in stream.dead_letters if letter.id == bad]
    assert (dead.json(), dead.attributes["kind"]) == ({"user": "ann", "weight": -1}, "x")
    assert dead.attributes["portable-error-type"] == "ValueError"
    assert dead.attributes["portable-attempts"] == "2"
    assert kit.function(follow).dead_letters == [dead]


def test_a_batch_tells_by_its_value_what_failed(kit: Cloud) -> None:
    kit.stream(clicks).send_many([{"user": "ann", "weight": -1}, {"user": "bob"}])
    kit.settle()
    handled = [record.payload.user for call in kit.function(tally).calls for record in call.event]
    assert sorted(handled) == ["ann", "ann", "bob"]
    assert kit.stream(clicks).pending["tally"] == []


def test_a_payload_that_does_not_decode_fails_alone(kit: Cloud) -> None:
    kit.stream(clicks).send(b"{", key="ann")
    kit.stream(clicks).send({"user": "bob"})
    kit.settle()
    assert [row["key"] for row in kit.table(log).rows()] == ["bob"]
    assert [dead.payload for dead in kit.function(follow).dead_letters] == [b"{"]


def test_a_function_is_fired_with_a_record(app: App) -> None:
    made = Cloud(app)
    made.function(follow).fire(events.record({"user": "ann"}, key="ann", id="mine", sequence="9"))
    assert made.table(log).rows() == [{"id": "mine", "key": "ann", "attempt": 1, "sequence": "9"}]
    with pytest.raises(TypeError, match="stream function: it is fired with a Record"):
        made.function(follow).fire(events.message({"user": "ann"}))
    made.close()


@pytest.mark.parametrize(("wire", "seed"), SEEDS)
def test_whatever_goes_wrong_every_record_is_handled(app: App, wire: str | None, seed: int) -> None:
    made = Cloud(app, wire=wire)
    made.chaos(seed)
    made.stream(clicks).send_many([{"user": user, "weight": n} for n, user in enumerate("ababa", 1)])
    made.settle()
    assert sorted((row["user"], row["weight"]) for row in made.table(totals).rows()) == [
        ("a", 1),
        ("a", 3),
        ("a", 5),
        ("b", 2),
        ("b", 4),
    ]
    assert made.function(count).dead_letters == []
    made.close()


def test_the_app_can_be_packaged_for_every_target(app: App) -> None:
    from portable.tooling.target import Options
    from portable.tooling.targets import load_target

    for name in ("aws", "azure", "gcp", "local"):
        target = load_target(name)
        options = Options(target.platform.pythons[-1], "x86_64", {})
        assert [problem for problem in target.check(app.model, options) if problem.error] == []
        for source in target.plan(app.model, options).generated().values():
            if source.startswith('"""'):
                compile(source, name, "exec")
