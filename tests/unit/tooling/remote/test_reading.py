"""Logs of a stage: sorted, filtered, each line once, and followed without end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from unit.tooling.remote.stages import NOON, GivenRemote, line, running

from portable.errors import PortableError, Unavailable
from portable.tooling.infra.remote import LogLine, LogsWanted
from portable.tooling.remote.reading import check_level, follow, lines, since
from portable.tooling.remote.running import chosen

ALL = LogsWanted(chosen(running(), ()), NOON)


def own(level: str, message: str, request: str = "r-1", function: str = "hello") -> str:
    fields = {"timestamp": "t", "level": level, "message": message, "requestId": request, "function": function}
    return json.dumps(fields)


def messages(found: object) -> list[str]:
    return [entry.message for entry in found]  # type: ignore[attr-defined]


def test_lines_of_all_functions_are_sorted_by_time_and_those_of_one_moment_stay_in_order() -> None:
    log = [line(1, "b", 2, "work"), line(2, "c", 2, "work"), line(3, "a", 1), line(4, "d", 2)]
    assert messages(lines(GivenRemote(log), ALL)) == ["a", "b", "c", "d"]


def test_a_line_that_is_read_twice_or_is_older_than_asked_for_is_not_shown() -> None:
    log = [line(1, "a", 1), line(1, "a", 1), line(2, "old", -1)]
    assert messages(lines(GivenRemote(log), ALL)) == ["a"]


def test_lines_are_filtered_by_function_level_and_request() -> None:
    log = [
        line(1, own("INFO", "a")),
        line(2, own("ERROR", "b", "r-2")),
        line(3, own("ERROR", "c", function="work"), function="http"),
        line(4, "START RequestId: r-2"),
        line(5, "foreign", function="http"),
    ]

    def shown(**wanted: object) -> list[str]:
        return messages(lines(GivenRemote(log), replace(ALL, **wanted)))  # type: ignore[arg-type]

    assert shown(level="ERROR") == ["b", "c"]
    assert shown(request="r-2") == ["b", "START RequestId: r-2"]
    assert shown(functions=chosen(running(), ("work",))) == ["c"]
    assert len(shown()) == len(log)


def test_following_shows_late_lines_once_and_looks_back_only_as_far_as_lines_are_late() -> None:
    late = line(4, "late", 95)
    looks = [
        [line(1, "a", 1), line(2, "b", 100)],
        [line(2, "b", 100), late],
        [line(2, "b", 100), late, line(5, "c", 101)],
    ]
    remote, pauses, notes = GivenRemote(*looks), [], []
    assert messages(islice(follow(remote, ALL, pauses.append, notes.append), 4)) == ["a", "b", "late", "c"]
    assert [asked.since - NOON for asked in remote.asked] == [
        timedelta(0),
        timedelta(seconds=90),
        timedelta(seconds=90),
    ]
    assert len(pauses) == 2


def test_a_cloud_that_does_not_answer_for_a_while_is_a_note_and_for_long_an_error() -> None:
    class Broken(GivenRemote):
        def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
            if not self.looks:
                raise Unavailable("no answer")
            return iter(self.looks.pop(0))

    notes: list[str] = []
    pauses: list[float] = []
    found = follow(Broken([line(1, "a")]), ALL, pauses.append, notes.append)
    assert next(found).message == "a"
    with pytest.raises(Unavailable):
        next(found)
    assert notes == ["no answer"] * 19
    assert pauses == sorted(pauses)
    with pytest.raises(Unavailable):
        next(follow(Broken(), ALL, pauses.append, notes.append))


def test_following_for_a_long_time_asks_for_no_more_each_time() -> None:
    looks = [[line(number, "x", number)] for number in range(200)]
    remote = GivenRemote(*looks)
    assert len(list(islice(follow(remote, ALL, lambda seconds: None, lambda text: None), 200))) == 200
    assert all(
        NOON + timedelta(seconds=number - 1) - asked.since <= timedelta(seconds=10)
        for number, asked in enumerate(remote.asked)
        if number > 10
    )


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", 30),
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86400),
        ("2026-01-31T11:59:00Z", 60),
        ("2026-01-31T11:59:00", 60),
        ("2026-01-31T12:59:00+01:00", 60),
    ],
)
def test_since_is_how_long_ago_or_a_time(text: str, ago: int) -> None:
    assert since(text, NOON) == datetime.fromtimestamp(NOON.timestamp() - ago, UTC)


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "10x", "999999999w", "yesterday", "2026-13-01", "10m\n; drop"])
def test_a_time_that_is_none_is_refused_with_examples(text: str) -> None:
    with pytest.raises(PortableError, match="such as 30s"):
        since(text, NOON)


def test_a_function_is_also_found_by_its_python_name() -> None:
    there = running()
    function = replace(there.blueprint.functions[0], name="say-hello")
    there = replace(there, blueprint=replace(there.blueprint, functions=(function,)))
    assert chosen(there, ("say_hello", "say-hello")) == (function,)


def test_a_level_and_a_function_that_are_none_are_refused_with_those_there_are() -> None:
    assert check_level("warning") == "WARNING"
    with pytest.raises(PortableError, match="debug, info, warning"):
        check_level("loud")
    with pytest.raises(PortableError, match="shop has hello, work"):
        chosen(running(), ("nobody",))
