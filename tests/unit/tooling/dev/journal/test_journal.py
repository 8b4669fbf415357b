"""The journal: what is noted is read, newest first; little is kept; nothing of a secret is."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portable.tooling.dev.journal.model import Details, LogLine, ResourceCall
from portable.tooling.dev.journal.reading import Journal
from portable.tooling.dev.journal.redacted import Cleaner
from portable.tooling.dev.journal.writing import DIED, Recorder

SECRET = "s3cr3t-w0rd"
TRACE = "a" * 32


class Call:
    """An invocation as the recorder takes it."""

    noted = False
    told = ""
    place = 0

    def __init__(self, number: int, **fields: Any) -> None:
        self.id = f"{number:016x}"
        given: dict[str, Any] = {
            "trace": TRACE,
            "parent": "",
            "function": "upload",
            "kind": "http",
            "label": f"GET /{number}",
        }
        self.now = Details(id=self.id, began=float(number), **(given | {"outcome": "done", "seconds": 0.5} | fields))

    def details(self) -> Details:
        return self.now


@contextmanager
def recording(file: Path, report: Callable[[str], None] = print, kept: int = 10_000) -> Iterator[Recorder]:
    recorder = Recorder(file, lambda: [SECRET], report, kept=kept)
    try:
        yield recorder
    finally:
        recorder.close()


def noted(file: Path, *calls: Call, kept: int = 10_000) -> Journal:
    with recording(file, kept=kept) as recorder:
        for call in calls:
            recorder.note(call)
    return Journal(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "local" / "journal.sqlite"


def numbers(found: list[Any]) -> list[int]:
    return [int(item.id, 16) for item in found]


def test_a_journal_that_was_never_written_is_empty(file: Path) -> None:
    journal = Journal(file)
    assert journal.recent() == []
    assert journal.one("0" * 16) is None
    assert journal.since(0) == (0, [])
    assert not file.exists()


def test_the_newest_come_first_and_pages_follow(file: Path) -> None:
    journal = noted(file, *(Call(number) for number in range(1, 8)))
    first = journal.recent(limit=3)
    assert numbers(first) == [7, 6, 5]
    assert numbers(journal.recent(limit=3, before=first[-1].id)) == [4, 3, 2]


def test_invocations_are_found_by_function_outcome_and_text(file: Path) -> None:
    journal = noted(
        file,
        Call(1),
        Call(2, function="work", outcome="failed", error="no photo 100%_sure"),
        Call(3, function="work"),
    )
    assert numbers(journal.recent(function="work")) == [3, 2]
    assert numbers(journal.recent(function="work", outcome="failed")) == [2]
    assert numbers(journal.recent(text="100%_s")) == [2]
    assert numbers(journal.recent(text="100__s")) == []
    assert numbers(journal.recent(text="get /1")) == [1]


def test_all_that_is_known_of_a_call_is_read_as_it_was_noted(file: Path) -> None:
    call = Call(
        1,
        status=201,
        attempt=2,
        event={"kind": "http", "path": "/a", "data": b"\x00\xff"},
        response={"status": 201, "headers": [["a", "b"]], "body": b"ok"},
        logs=[LogLine(1.0, "INFO", "hello")],
        calls=[ResourceCall("bucket", "photos", "put", "a.jpg", 1.0, 0.1)],
        traceback="Traceback",
        error="ValueError: no",
    )
    found = noted(file, call).one(call.id)
    assert found is not None
    assert found.event == {"kind": "http", "path": "/a", "data": base64.b64encode(b"\x00\xff").decode()}
    assert found.response == {"status": 201, "headers": [["a", "b"]], "body": base64.b64encode(b"ok").decode()}
    assert (found.logs, found.calls, found.status, found.attempt) == (call.now.logs, call.now.calls, 201, 2)


def test_a_call_that_runs_is_listed_and_its_end_replaces_it(file: Path) -> None:
    call = Call(1, outcome="running", seconds=None)
    journal = Journal(file)
    with recording(file) as recorder:
        recorder.note(call)
        recorder.settle()
        place, found = journal.since(0)
        assert [item.outcome for item in found] == ["running"]
        call.now = msgspec.structs.replace(call.now, outcome="done", seconds=1.0)
        recorder.note(call)
    assert [(item.outcome, item.seconds) for item in journal.recent()] == [("done", 1.0)]
    later, changed = journal.since(place)
    assert later > place
    assert [item.outcome for item in changed] == ["done"]
    assert journal.since(-1) == (later, [])


def test_a_call_that_ends_while_its_beginning_is_read_is_told_once(file: Path) -> None:
    told: list[tuple[int, str]] = []
    recorder = Recorder(
        file, tuple, print, lambda found: told.extend((int(each.id, 16), each.outcome) for each in found)
    )
    first, second = Call(1), Call(2, outcome="running")
    for call, outcome in ((first, "done"), (first, "done"), (second, "running"), (second, "failed"), (second, "dead")):
        call.now = msgspec.structs.replace(call.now, outcome=outcome)
        recorder.note(call)
        recorder.settle()
    recorder.close()
    assert told == [(1, "done"), (2, "running"), (2, "failed"), (2, "dead")]


def test_a_call_whose_process_is_gone_has_failed(file: Path) -> None:
    journal = noted(file, Call(1, outcome="running", seconds=None))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE journal SET process = ?", (2**22 + 1,))  # above every process id of Linux
    connection.close()
    noted(file)
    found = journal.one(f"{1:016x}")
    assert found is not None
    assert (found.outcome, found.error) == ("failed", DIED)


def test_a_trace_is_told_from_its_beginning(file: Path) -> None:
    journal = noted(file, Call(3), Call(1), Call(2, trace="b" * 32))
    assert numbers(journal.trace(TRACE)) == [1, 3]


def test_the_oldest_are_forgotten(file: Path) -> None:
    journal = noted(file, *(Call(number) for number in range(1, 30)), kept=10)
    assert numbers(journal.recent()) == list(range(29, 19, -1))
    assert journal.one(Call(1).id) is None
    assert journal.count() == 10


BEFORE_1 = """
CREATE TABLE invocations (
    place INTEGER PRIMARY KEY AUTOINCREMENT, process INTEGER NOT NULL, error TEXT NOT NULL,
    id, trace, parent, function, kind, wire, label, began, seconds, status, outcome, attempt
);
CREATE UNIQUE INDEX invocations_id ON invocations (id);
CREATE INDEX invocations_running ON invocations (process) WHERE outcome = 'running';
CREATE TABLE details (place INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE used (
    function TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL,
    PRIMARY KEY (function, kind, name, method)
) WITHOUT ROWID;
INSERT INTO used VALUES ('upload', 'bucket', 'photos', 'put');
"""
"""The tables of a journal before its file told a version."""


@pytest.mark.parametrize("first", ["reader", "writer"])
def test_what_an_older_version_has_kept_is_taken_over(file: Path, first: str) -> None:
    file.parent.mkdir()
    old = sqlite3.connect(file)
    old.executescript(BEFORE_1)
    for place, call in enumerate((Call(1), Call(2, outcome="running", seconds=None, error="")), 7):
        row = (place, 2**22 + 1, "", *msgspec.structs.astuple(call.now)[:12])
        old.execute(f"INSERT INTO invocations VALUES ({', '.join('?' * 15)})", row)
        old.execute("INSERT INTO details VALUES (?, ?)", (place, msgspec.json.encode(msgspec.structs.asdict(call.now))))
    old.commit()
    old.close()
    if first == "reader":
        assert numbers(Journal(file).recent()) == [2, 1]
    journal = noted(file, Call(3))
    assert [(item.id, item.outcome) for item in journal.recent()] == [
        (Call(3).id, "done"),
        (Call(2).id, "failed"),
        (Call(1).id, "done"),
    ]
    assert journal.since(8)[0] == 10
    assert journal.used() == {"upload": {("bucket", "photos", "put")}}


def test_a_long_body_is_cut_and_says_so(file: Path) -> None:
    call = Call(1, event={"kind": "message", "data": b"x" * 70_000})
    found = noted(file, call).one(call.id)
    assert found is not None
    assert len(base64.b64decode(found.event["data"])) == 65_536
    assert found.event["cut"] == 70_000 - 65_536


@pytest.mark.parametrize("secrets", [(), (SECRET,)])
@pytest.mark.parametrize("headers", [[("Authorization", "Bearer a.b.c")], {"authorization": "Bearer a.b.c"}])
def test_of_an_authorization_header_the_scheme_is_kept(secrets: tuple[str, ...], headers: Any) -> None:
    call = Call(1, event={"method": "GET", "path": "/", "headers": headers}, response=None)
    _, written = Cleaner(lambda: secrets).written(call.details())
    assert b"a.b.c" not in written
    assert b"Bearer ***" in written


def test_no_secret_is_kept_wherever_it_stands(file: Path) -> None:
    call = Call(
        1,
        label=f"GET /{SECRET}",
        event={"path": f"/{SECRET}", "headers": [["authorization", SECRET]], "data": f"a{SECRET}b".encode()},
        response={"status": 200, "headers": [], "body": SECRET.encode()},
        logs=[LogLine(1.0, "INFO", SECRET)],
        calls=[ResourceCall("bucket", "photos", "put", SECRET, 1.0, 0.1, SECRET)],
        traceback=SECRET,
        error=SECRET,
    )
    journal = noted(file, call)
    assert journal.one(call.id) is not None
    for part in file.parent.iterdir():
        data = part.read_bytes()
        assert SECRET.encode() not in data
        assert base64.b64encode(SECRET.encode()).rstrip(b"=") not in data


def test_permissions_used_are_remembered_longer_than_the_calls(file: Path) -> None:
    used = [ResourceCall("bucket", "photos", "put_stream", "a", 1.0, 0.1, did=("put",))]
    journal = noted(file, Call(1, calls=used), Call(2), Call(3), kept=1)
    assert journal.count() == 1
    assert journal.used() == {"upload": {("bucket", "photos", "put")}}


def test_what_is_no_text_is_kept_as_far_as_it_is(file: Path) -> None:
    call = Call(1, error="a\ud800b", event={"data": b"\xff", "attributes": {"n": 1, "none": None}})
    found = noted(file, call).one(call.id)
    assert found is not None
    assert (found.error, found.event["attributes"]) == ("a?b", {"n": 1, "none": None})


def test_a_damaged_journal_is_set_aside(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database, but it is long enough to be one" * 20)
    told: list[str] = []
    with recording(file, told.append) as recorder:
        recorder.note(Call(1))
    assert numbers(Journal(file).recent()) == [1]
    assert file.with_name("journal.sqlite.damaged").exists()
    assert "is damaged" in told[0]


def test_what_cannot_be_written_now_is_written_later(file: Path) -> None:
    told: list[str] = []
    with recording(file, told.append) as recorder:
        recorder._connection.execute("PRAGMA max_page_count=1")  # as on a full disk
        big = Call(1, event={"data": b"x" * 60_000})
        recorder.note(big)
        recorder._flush()
        recorder._connection.execute("PRAGMA max_page_count=100000")
    assert "cannot be written" in told[0]
    assert "written again" in told[-1]
    assert numbers(Journal(file).recent()) == [1]


def test_the_calls_of_a_resource_are_found_with_their_invocations_newest_first(file: Path) -> None:
    def put(name: str, at: float) -> ResourceCall:
        return ResourceCall("table", name, "put", "k", at, 0.1, did=("put",))

    first = Call(1, calls=[put("a", 1.0), put("b", 1.1), put("a", 1.2)])
    second = Call(2, function="other", calls=[put("a", 2.0)])
    journal = noted(file, first, second, Call(3, function="third", calls=[put("b", 3.0)]))
    assert [(row.id, call.began) for row, call in journal.calls("table", "a")] == [
        (second.id, 2.0),
        (first.id, 1.2),
        (first.id, 1.0),
    ]
    assert len(journal.calls("table", "a", limit=1)) == 1
    assert journal.calls("table", "c") == []
