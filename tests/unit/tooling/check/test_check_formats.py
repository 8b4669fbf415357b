"""The forms of a report: text, JSON, SARIF 2.1.0 and GitHub's annotations."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.check.catalogue import RULES, about
from portable.tooling.check.examine import Report
from portable.tooling.check.finding import LEVELS, Finding, together
from portable.tooling.check.formats.data import data
from portable.tooling.check.formats.github import github
from portable.tooling.check.formats.plain import text
from portable.tooling.check.formats.sarif import sarif

ERROR = Finding("limit", "error", "work: too long", "shop/app.py", 12, ("gcp",), "use less")
WARNING = Finding("backoff", "warning", "work: not kept", "shop/app.py", 12, ("aws", "gcp"), "leave it out")
GAIN = Finding("permission-gain", "note", "home gains 1 permission", "shop/app.py", 3, ("gcp",), "isolate it")
NOTE = Finding("public", "note", "home is public", "shop/app.py", 3, ("aws", "gcp"), "nothing")


def report(*findings: Finding) -> Report:
    return Report(("aws", "gcp"), together(findings))


def test_text_says_place_level_message_rule_and_what_to_do() -> None:
    assert text(report(NOTE, ERROR, WARNING), strict=False).splitlines() == [
        "shop/app.py:12: error: work: too long [limit] (gcp)",
        "    instead: use less",
        "shop/app.py:12: warning: work: not kept [backoff]",
        "    instead: leave it out",
        "shop/app.py:3: note: home is public [public]",
        "    instead: nothing",
        "1 error, 1 warning, 1 note on aws, gcp",
    ]


def test_notes_of_one_rule_stand_together_and_what_to_do_is_told_once() -> None:
    notes = [Finding("public", "note", f"r{line} is public", "a.py", line, ("aws",), "nothing") for line in (1, 5)]
    gains = [
        Finding("permission-gain", "note", f"r{line} gains", "a.py", line, ("aws",), f"isolate r{line}")
        for line in (1, 5)
    ]
    assert text(Report(("aws",), together([*notes, *gains]), own=True), strict=False).splitlines() == [
        "a.py:1: note: r1 gains [permission-gain]",
        "a.py:5: note: r5 gains [permission-gain]",
        "    instead, for example: isolate r1",
        "a.py:1: note: r1 is public [public]",
        "a.py:5: note: r5 is public [public]",
        "    instead: nothing",
        "0 errors, 0 warnings, 4 notes on aws (the targets that the project names by a table or an artifact; "
        "--target checks for another one)",
    ]


def test_strict_says_what_it_fails_on() -> None:
    assert text(report(NOTE), strict=True) == "\n".join(
        [
            "shop/app.py:3: note: home is public [public]",
            "    instead: nothing",
            "0 errors, 0 warnings, 1 note on aws, gcp",
        ]
    )
    assert text(report(GAIN), strict=True).endswith("--strict fails on warnings and on the 1 permission gains")


@pytest.mark.parametrize(
    ("one", "plain", "strict"), [(ERROR, True, True), (WARNING, False, True), (GAIN, False, True), (NOTE, False, False)]
)
def test_what_fails_a_check(one: Finding, plain: bool, strict: bool) -> None:
    assert (report(one).fails(strict=False), report(one).fails(strict=True)) == (plain, strict)


def test_what_holds_for_several_targets_is_told_once() -> None:
    one = Finding("public", "note", "m", "a.py", 1, ("aws",), "x")
    other = Finding("public", "note", "m", "a.py", 1, ("gcp",), "x")
    assert together([one, other]) == (Finding("public", "note", "m", "a.py", 1, ("aws", "gcp"), "x"),)


def test_json_has_the_findings_and_their_count() -> None:
    found = json.loads(json.dumps(data(report(ERROR, NOTE), strict=False)))
    assert (found["ok"], found["targets"], found["count"]) == (
        False,
        ["aws", "gcp"],
        {"error": 1, "warning": 0, "note": 1},
    )
    assert found["findings"][0] == {
        "rule": "limit",
        "level": "error",
        "message": "work: too long",
        "file": "shop/app.py",
        "line": 12,
        "targets": ["gcp"],
        "instead": "use less",
    }


HOSTILE = st.text(min_size=1, max_size=30)
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from([*RULES, "a-rule-of-another"]),
    level=st.sampled_from(LEVELS),
    message=HOSTILE,
    file=st.none() | HOSTILE.map(lambda name: name.replace("\0", "_")),
    line=st.none() | st.integers(1, 9999),
    targets=st.just(("aws",)),
    substitute=HOSTILE | st.just(""),
)


@given(st.lists(FINDINGS, max_size=4))
def test_sarif_has_the_structure_of_its_schema(findings: list[Finding]) -> None:
    made = json.loads(sarif(report(*findings)))
    assert (made["version"], made["$schema"].endswith("sarif-2.1.0.json"), len(made["runs"])) == ("2.1.0", True, 1)
    driver = made["runs"][0]["tool"]["driver"]
    rules = driver["rules"]
    assert driver["name"] == "portable"
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(set(rule) == {"id", "shortDescription"} and rule["shortDescription"]["text"] for rule in rules)
    for result in made["runs"][0]["results"]:
        _check_result(result, rules)


def _check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note")
    assert result["message"]["text"]
    assert re.fullmatch("[0-9a-f]{64}", result["partialFingerprints"]["portable/v1"])
    for location in result.get("locations", ()):
        place = location["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9_.~%/:-]+", place["artifactLocation"]["uri"])
        assert place.get("region", {"startLine": 1})["startLine"] >= 1


def test_a_file_in_sarif_is_relative_to_the_root_of_the_sources() -> None:
    one = Finding("limit", "error", "m", "my shop/äpp.py", 1)
    place = json.loads(sarif(report(one)))["runs"][0]["results"][0]["locations"][0]["physicalLocation"][
        "artifactLocation"
    ]
    assert (unquote(place["uri"]), place["uriBaseId"]) == ("my shop/äpp.py", "%SRCROOT%")
    absolute = Finding("limit", "error", "m", "/other/app.py", 1)
    place = json.loads(sarif(report(absolute)))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///other/app.py"}


def test_github_annotates_the_line() -> None:
    assert github(report(ERROR, WARNING, NOTE)).splitlines() == [
        "::error file=shop/app.py,line=12,title=portable%3A limit (gcp)::work: too long%0AInstead: use less",
        "::warning file=shop/app.py,line=12,title=portable%3A backoff (aws%2C gcp)::work: not kept%0AInstead: leave it out",
        "::notice file=shop/app.py,line=3,title=portable%3A public (aws%2C gcp)::home is public%0AInstead: nothing",
    ]


COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


@given(st.lists(FINDINGS, min_size=1, max_size=3))
def test_no_text_ends_an_annotation_or_begins_another(findings: list[Finding]) -> None:
    whole = report(*findings)
    lines = github(whole).split("\n")
    assert len(lines) == len(whole.findings)
    for line, one in zip(lines, whole.findings, strict=True):
        match = COMMAND.fullmatch(line)
        assert match
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        assert set(properties) <= {"file", "line", "title"}
        assert ("file" in properties) == (one.file is not None)


@given(FINDINGS)
def test_text_and_json_take_any_text(one: Finding) -> None:
    lines = text(report(one), strict=True).splitlines()
    assert len(lines) == (3 if one.substitute else 2)
    assert all(line.isprintable() for line in lines)
    assert json.loads(json.dumps(data(report(one), strict=True)))["findings"][0]["message"] == one.message


def test_a_rule_that_the_catalogue_does_not_have_is_a_targets_own() -> None:
    assert about("no-such-rule") == "A rule of a target's own."
