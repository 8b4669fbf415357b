"""Each rule of `portable check` on a right and on a wrong app, with its place and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.tooling.check.subjects import found
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, STREAM, TICK, TOPIC, app, function

from portable.tooling.app.model import Grant, NeededImport, ResourceModel
from portable.tooling.check.circles import circles
from portable.tooling.targets import target_names

PUT = Grant("photos", "bucket", ("put",))
GET = Grant("photos", "bucket", ("get",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("\n" * 40)
    return tmp_path


def test_a_function_that_writes_into_the_bucket_that_calls_it_is_a_loop(folder: Path) -> None:
    [loop] = found(app(function("index", OBJECT, PUT, line=7)), "aws", folder, "loop")
    assert (loop.level, loop.line) == ("warning", 7)
    assert "give the trigger a prefix=" in loop.substitute
    [note] = found(app(function("index", OBJECT | {"prefix": "in/"}, PUT)), "aws", folder, "loop")
    assert note.level == "note"
    assert found(app(function("index", OBJECT, GET)), "aws", folder, "loop") == []
    assert found(app(function("sweep", OBJECT | {"event": "deleted"}, PUT)), "aws", folder, "loop") == []


def test_two_functions_that_write_what_calls_the_other_are_a_loop(folder: Path) -> None:
    there = function("there", OBJECT, Grant("thumbs", "bucket", ("put",)))
    back = function("back", OBJECT | {"bucket": "thumbs"}, PUT)
    messages = [one.message for one in found(app(there, back), "gcp", folder, "loop")]
    assert len(messages) == 2
    assert "by way of back" in messages[0]
    assert found(app(there, function("end", OBJECT | {"bucket": "thumbs"}, GET)), "gcp", folder, "loop") == []


@given(st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=4), max_size=8))
def test_circles_are_the_groups_whose_members_lead_to_each_other(arrows: dict[int, list[int]]) -> None:
    reached = {thing: _reached(arrows, thing) for thing in range(8)}
    expected = {
        frozenset(other for other in range(8) if other in reached[thing] and thing in reached[other])
        for thing in range(8)
    }
    assert {frozenset(group) for group in circles(arrows)} == {group for group in expected if len(group) > 1}


def _reached(arrows: dict[int, list[int]], start: int) -> set[int]:
    seen: set[int] = set()
    waiting = list(arrows.get(start, ()))
    while waiting:
        thing = waiting.pop()
        if thing not in seen:
            seen.add(thing)
            waiting += arrows.get(thing, ())
    return seen


def test_public_routes_are_listed_with_their_places(folder: Path) -> None:
    model = app(function("home", HTTP, line=3), function("work", QUEUE, line=9))
    assert [(one.level, one.line) for one in found(model, "aws", folder, "public")] == [("note", 3)]


def test_a_gained_permission_names_who_asked_for_it_and_the_way_out(folder: Path) -> None:
    model = app(function("home", HTTP, GET), function("work", QUEUE, line=9))
    first, second = found(model, "azure", folder, "permission-gain")
    assert (
        'home gains 1 permission that it did not ask for, by the identity App: take on the queue "jobs", for work'
        in first.message
    )
    assert '[tool.portable.azure] isolate = ["work"]' in second.substitute
    assert found(model, "aws", folder, "permission-gain") == []
    many = app(function("home", HTTP), *(function(f"f{n}", QUEUE | {"queue": f"q{n}"}) for n in range(9)))
    assert "and 6 more" in found(many, "azure", folder, "permission-gain")[0].message


TWO = (
    function("home", HTTP, GET, line=3),
    function("pay", HTTP | {"path": "/pay"}, line=6),
    function("work", QUEUE, line=9),
)
"""Two HTTP functions and one of a queue, each with other permissions."""


@pytest.mark.parametrize(
    ("target", "isolate", "bound"),
    [("gcp", ["pay"], []), ("azure", ["work"], ["home", "pay"])],
    ids=["a service of its own", "HTTP functions share their app"],
)
def test_the_way_out_of_a_gain_is_one_that_the_target_takes(
    folder: Path, target: str, isolate: list[str], bound: list[str]
) -> None:
    gains = found(app(*TWO), target, folder, "permission-gain")
    for one in gains:
        name = one.message.partition(" ")[0]
        assert ("isolate" in one.substitute) is (name not in bound)
        assert "an app of its own, with what only it uses" in one.substitute
    apart = found(app(*TWO), target, folder, table={"isolate": isolate})
    assert not [one for one in apart if one.level == "error"]
    still = {one.message.partition(" ")[0] for one in apart if one.rule == "permission-gain"}
    assert still == ({"pay"} if bound else set())


@pytest.mark.parametrize("target", ["azure", "gcp"])
def test_in_two_apps_no_function_gains_anything(folder: Path, target: str) -> None:
    first, second, third = TWO
    isolated = {"isolate": ["work"]}
    for part, table in (((first, third), isolated), ((second,), {})):
        assert found(app(*part), target, folder, "permission-gain", table=table) == []


def test_functions_of_one_host_that_ask_for_different_time_or_memory_are_told(folder: Path) -> None:
    model = app(function("quick", HTTP, timeout=5), function("slow", HTTP | {"path": "/slow"}, timeout=20, line=8))
    for target, host in (("gcp", "http"), ("azure", "App"), ("openfaas", "shop")):
        [one] = found(model, target, folder, "shared")
        assert (one.level, one.line) == ("note", 8)
        assert (
            f"slow: timeout=20 s holds for all 2 functions that run together as {host}, also for quick" in one.message
        )
    assert found(model, "aws", folder, "shared") == []


def needed(module: str, *distributions: str, there: bool = True) -> NeededImport:
    return NeededImport(module, "app.py:4", distributions, there, (module,))


def test_an_import_that_nothing_provides_is_an_error(folder: Path) -> None:
    wrong = app(function("home", HTTP), imports=(needed("yaml", "PyYAML"),))
    [one] = found(wrong, "aws", folder, "undeclared-import", dependencies=())
    assert (one.level, one.line) == ("error", 4)
    assert "the app imports yaml, which no declared dependency provides (here it comes from PyYAML)" in one.message
    for dependencies in (("pyyaml>=6",), ("hypothesis", "PyYAML")):
        assert found(wrong, "aws", folder, "undeclared-import", dependencies=dependencies) == []


def test_what_a_declared_distribution_brings_is_provided(folder: Path) -> None:
    model = app(function("home", HTTP), imports=(needed("sortedcontainers", "sortedcontainers"),))
    assert found(model, "gcp", folder, "undeclared-import", dependencies=("hypothesis",)) == []
    assert len(found(model, "gcp", folder, "undeclared-import", dependencies=())) == 1


def test_what_only_an_extra_brings_is_provided_where_an_extra_was_asked_for(folder: Path) -> None:
    model = app(function("home", HTTP), imports=(needed("redis", "redis"),))  # which hypothesis[redis] asks for
    assert found(model, "gcp", folder, "undeclared-import", dependencies=("hypothesis[redis]>=6",)) == []
    assert len(found(model, "gcp", folder, "undeclared-import", dependencies=("hypothesis>=6",))) == 1


def test_where_a_distribution_is_not_known_here_it_is_a_warning_and_a_path_is_not_judged(folder: Path) -> None:
    model = app(function("home", HTTP), imports=(needed("yaml", "PyYAML"),))
    [one] = found(model, "aws", folder, "undeclared-import", dependencies=("not-installed-anywhere-here",))
    assert one.level == "warning"
    (folder / "requirements.txt").write_text("-e ./lib\n")
    (folder / "lib").mkdir()
    (folder / "lib" / "pyproject.toml").write_text('[project]\nname = "lib"\nversion = "1"\n')
    assert found(model, "aws", folder, "undeclared-import") == []


def test_what_the_host_has_may_be_imported(folder: Path) -> None:
    model = app(function("home", HTTP), imports=(needed("boto3", "boto3"),))
    assert found(model, "aws", folder, "undeclared-import", dependencies=()) == []
    assert len(found(model, "gcp", folder, "undeclared-import", dependencies=())) == 1


def test_a_file_with_a_secret_is_an_error_and_one_that_include_names_a_warning(folder: Path) -> None:
    model = app(function("home", HTTP))
    (folder / "notes.txt").write_text("\nkey = AKIA" + "ABCDEFGHIJKLMNOP\n")
    [one] = found(model, "aws", folder, "secret-file")
    assert (one.level, one.line, Path(one.file or "").name) == ("error", 2, "notes.txt")
    [one] = found(model, "aws", folder, "secret-file", include=("notes.txt",))
    assert (one.level, one.line) == ("warning", 2)
    (folder / "notes.txt").unlink()
    (folder / "server.pem").write_text("a certificate")
    assert found(model, "aws", folder, "secret-file") == []
    [left] = found(model, "aws", folder, "files")
    assert (left.level, "server.pem" in left.message) == ("note", True)
    [one] = found(model, "aws", folder, "secret-file", include=("server.pem",))
    assert (one.level, "is called like a secret" in one.message) == ("warning", True)


def test_a_link_out_of_the_app_is_an_error(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "data.txt"
    outside.write_text("x")
    (folder / "data.txt").symlink_to(outside)
    [one] = found(app(function("home", HTTP)), "aws", folder, "secret-file")
    assert "leads out of the app" in one.message
    assert one.line == 1


def test_an_artifact_that_is_too_large_is_an_error(folder: Path) -> None:
    model = app(function("home", HTTP))
    bundle = folder / "dist" / "aws" / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "small.bin").write_bytes(b"x")
    (folder / "dist" / "aws" / "manifest.json").write_text("{}")
    assert found(model, "aws", folder, "limit") == []
    with (bundle / "large.bin").open("wb") as file:
        file.truncate(262_144_000)
    [one] = found(model, "aws", folder, "limit")
    assert (one.level, "262,144,001 bytes unpacked" in one.message) == ("error", True)
    assert found(model, "azure", folder, "limit")[0].level == "note"  # only that of its memory


def test_a_problem_of_packaging_is_a_finding_with_its_level(folder: Path) -> None:
    model = app(
        function("slow", HTTP, timeout=60, line=2),
        function("work", QUEUE, concurrency=1, line=5),
        function("wait", QUEUE | {"queue": "other"}, backoff=3.0, line=8),
    )
    levels = {(one.rule, one.level, one.line) for one in found(model, "aws", folder) if one.level != "note"}
    assert levels == {("limit", "warning", 2), ("limit", "error", 5), ("backoff", "warning", 8)}


def test_a_cron_that_a_target_cannot_say_has_a_substitute(folder: Path) -> None:
    model = app(function("nightly", TICK | {"expression": "0 3 */2 * MON"}, line=6))
    for target in ("aws", "openfaas", "ironworker"):
        [one] = found(model, target, folder, "cron")
        assert (one.level, one.line, bool(one.substitute)) == ("error", 6, True)
    assert found(model, "gcp", folder, "cron") == []
    assert found(model, "azure", folder, "cron") == []


def test_a_problem_of_the_settings_is_at_its_line(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.portable]\nname = "shop"\n[tool.portable.azure]\nisolate = ["none"]\n'
    )
    [one] = found(app(function("home", HTTP)), "azure", folder, "setting", table={"isolate": ["none"]})
    assert (one.level, one.line, Path(one.file or "").name) == ("error", 4, "pyproject.toml")


def test_a_problem_of_the_name_has_a_place_without_a_pyproject_too(folder: Path) -> None:
    model = app(function("home", HTTP, PUT), name="goog-shop", resources=(ResourceModel("bucket", "photos", {}),))
    [one] = found(model, "gcp", folder, "name")
    assert (one.level, one.line, Path(one.file or "").name) == ("error", 1, "app.py")


HOSTILE = st.text(alphabet="a-z\n\r%:,;\"'\\\x1b\x00${}é\u2028<>|", min_size=1, max_size=12)
TRIGGERS = [HTTP, QUEUE, TOPIC, OBJECT, STREAM, TICK]


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_every_finding_has_a_place_a_rule_and_a_substitute_whatever_the_names_are(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "hostile"
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text("\n" * 40)
    trigger: dict[str, Any] = data.draw(st.sampled_from(TRIGGERS))
    variables = data.draw(st.dictionaries(HOSTILE, HOSTILE, max_size=2))
    model = app(
        function("one", trigger, PUT, environment=tuple(sorted(variables.items())), timeout=900, memory=10_240),
        function("two", HTTP | {"path": "/two"}, environment=tuple((name, "other") for name in sorted(variables))),
    )
    for target in target_names():
        for one in found(model, target, folder):
            assert one.file
            assert one.line
            assert one.rule
            assert one.substitute, one


def test_the_rules_cost_no_more_than_in_proportion(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how often the place of a function is looked up by going through them all."""
    calls: list[int] = []
    original: Callable[..., Any] = type(app()).place
    monkeypatch.setattr(type(app()), "place", lambda *given: calls.append(1) or original(*given))
    queues = tuple(function(f"f{n}", QUEUE | {"queue": f"q{n}"}, PUT) for n in range(30))
    for target in target_names():
        found(app(*queues), target, folder)
    assert calls == []
