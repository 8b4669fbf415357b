"""A trace as a waterfall: causes before what they caused, each with its place in time."""

from __future__ import annotations

from typing import Any

from portable.tooling.dev.dashboard.waterfall import LINES, NARROWEST, WIDTH, waterfall
from portable.tooling.dev.journal.model import Details, ResourceCall


def call(name: str, began: float, seconds: float | None = 1.0, parent: str = "", **more: Any) -> Details:
    given = {"trace": "t", "function": name, "kind": "http", "label": name, **more}
    return Details(id=name, parent=parent, began=began, seconds=seconds, **given)


def test_what_follows_stands_below_its_cause() -> None:
    trace = [call("a", 0.0), call("c", 1.0, parent="a"), call("d", 1.5, parent="c"), call("b", 2.0, parent="a")]
    assert [(line.invocation.id, line.depth) for line in waterfall(trace, 9.0)] == [
        ("a", 0),
        ("c", 1),
        ("d", 2),
        ("b", 1),
    ]


def test_a_cause_that_the_journal_does_not_have_makes_a_root_and_a_circle_ends() -> None:
    assert [line.depth for line in waterfall([call("a", 0.0, parent="gone"), call("b", 1.0, parent="b")], 9.0)] == [
        0,
        0,
    ]


def test_calls_of_resources_stand_below_their_invocation() -> None:
    put = ResourceCall("bucket", "photos", "put", "a.jpg", 0.5, 0.25)
    [first, second] = waterfall([call("a", 0.0, 1.0, calls=[put])], 9.0)
    assert (first.x, first.width) == (0, WIDTH)
    assert (second.call, second.depth, second.x, second.width) == (put, 1, WIDTH / 2, WIDTH / 4)


def test_the_shortest_call_is_seen_and_none_leaves_the_picture() -> None:
    lines = waterfall([call("a", 0.0, 10.0), call("b", 10.0, 0.0, parent="a")], 9.0)
    assert lines[1].width == NARROWEST
    assert all(line.x + line.width <= WIDTH for line in lines)


def test_a_call_that_runs_lasts_until_now() -> None:
    [line] = waterfall([call("a", 0.0, None)], 4.0)
    assert (line.seconds, line.width) == (None, WIDTH)


def test_a_long_trace_is_cut_and_an_empty_one_has_no_lines() -> None:
    assert len(waterfall([call(str(number), number) for number in range(LINES + 5)], 0.0)) == LINES
    assert waterfall([], 0.0) == []
