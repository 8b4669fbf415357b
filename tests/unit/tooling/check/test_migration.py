"""A move from one target to another: what stays, what changes, what must be rewritten, and what to do with data."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from msgspec import structs
from unit.tooling.check.subjects import subject
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, TICK, app, function

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import AppModel, Grant, ResourceModel
from portable.tooling.check.examine import Report, of_subject
from portable.tooling.check.finding import together
from portable.tooling.check.formats.moving import moving_data, moving_text
from portable.tooling.check.meaning import differences
from portable.tooling.check.migration import Move, at_destination, migration
from portable.tooling.targets import load_target

CLOUDS = ("aws", "azure", "gcp")
RESOURCE = (
    ResourceModel("bucket", "photos", {}),
    ResourceModel("table", "rows", {"ttl": "expires"}),
    ResourceModel("queue", "jobs", {"ordered": True, "dead_letters_of": None}),
    ResourceModel("queue", "jobs-poison", {"dead_letters_of": "jobs"}),
    ResourceModel("secret", "token", {}),
)
APP = app(
    function("home", HTTP, Grant("rows", "table", ("get",)), Grant("token", "secret", ("read",)), line=1),
    function("work", QUEUE | {"ordered": True}, line=5),
    function("index", OBJECT, line=9),
    function("nightly", TICK, attempts=5, line=13),
    resources=RESOURCE,
)


def moved(model: AppModel, source: str, destination: str, folder: Path) -> tuple[Report, Move]:
    (folder / "app.py").write_text("\n" * 40)
    findings, subjects = [], []
    for name in (source, destination):
        planned, found = of_subject(subject(model, name, folder))
        subjects.append(planned)
        findings += found
    findings += [one.finding() for one in differences(subjects)]
    report = Report((source, destination), together(findings), tuple(subjects))
    return report, migration(report)


def test_a_move_says_what_stays_what_changes_what_must_be_rewritten(tmp_path: Path) -> None:
    _, move = moved(APP, "aws", "azure", tmp_path)
    assert [one.rule for one in move.rewrites] == ["ability"]
    assert "keeps no order" in move.rewrites[0].message
    assert "work" not in move.stays
    assert {"home", "index", "nightly"} <= set(move.stays)
    assert any("queue, order" in one.message and "aws: kept" in one.message for one in move.changes)
    assert any("table, expired rows" in one.message for one in move.changes)


def test_a_function_that_the_destination_does_not_get_is_told(tmp_path: Path) -> None:
    report, _ = moved(APP, "aws", "gcp", tmp_path)
    source, destination = report.subjects
    fewer = replace(destination, app=structs.replace(APP, functions=APP.functions[:2]))
    move = migration(replace(report, subjects=(source, fewer)))
    assert move.absent == ("index", "nightly")
    assert not set(move.absent) & set(move.stays)
    assert "Not there at all: index, nightly\n  the modules of [tool.portable.gcp]" in moving_text(move)
    assert moving_data(move)["absent"] == ["index", "nightly"]


def test_the_way_back_needs_no_rewriting(tmp_path: Path) -> None:
    _, move = moved(APP, "gcp", "aws", tmp_path)
    assert move.rewrites == ()
    assert any("attempts=5 cannot be kept" in one.message for one in move.changes)


def test_an_ability_that_no_queue_has_is_not_told(tmp_path: Path) -> None:
    _, move = moved(APP, "aws", "gcp", tmp_path)
    assert not any("queue, delay" in one.message or "deduplication" in one.message for one in move.changes)


def test_data_has_a_way_of_the_pair_or_goes_out_and_in(tmp_path: Path) -> None:
    _, move = moved(APP, "aws", "gcp", tmp_path)
    ways = {item.name: item.steps for item in move.data}
    assert len(ways["photos"]) == 1
    assert ways["photos"][0].startswith("gcloud transfer jobs create s3://")
    assert [len(ways[name]) for name in ("rows", "jobs", "token")] == [2, 2, 2]
    assert "secrets/versions" not in ways["token"][0]
    assert "token" in ways["token"][1]
    assert "jobs-poison" not in ways, "they are read before their queue is left"


@pytest.mark.parametrize(("source", "destination"), list(permutations(CLOUDS, 2)))
def test_every_kind_of_resource_has_a_way_between_any_two_clouds(source: str, destination: str) -> None:
    leaves, enters = (load_target(name).facts.moving for name in (source, destination))
    for kind in RESOURCES:
        assert kind in leaves, kind
        assert kind in enters, kind
        assert all(leaves[kind][key] and enters[kind][key] for key in ("out", "in"))


@pytest.mark.parametrize("source", CLOUDS)
def test_the_clouds_say_the_same_aspects_of_the_same_kinds(source: str) -> None:
    aspects = {name: {kind: set(said) for kind, said in load_target(name).facts.meaning.items()} for name in CLOUDS}
    assert aspects[source] == aspects["aws"]


def test_text_and_data_have_all_parts(tmp_path: Path) -> None:
    report, move = moved(APP, "aws", "azure", tmp_path)
    text = moving_text(move)
    for heading in (
        "From aws to azure",
        "Works there as it is: ",
        "Must be rewritten: 1",
        "Changes its meaning: ",
        "Data: 4",
    ):
        assert heading in text
    assert set(moving_data(move)) == {"from", "to", "stays", "absent", "changes", "rewrites", "data"}
    assert all("azure" in one.targets for one in at_destination(report).findings)


def test_an_app_that_could_not_be_read_has_a_move_with_errors_alone() -> None:
    move = migration(Report(("aws", "gcp"), ()))
    assert (move.stays, move.data) == ((), ())
