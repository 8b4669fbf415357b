"""The commands over the data of `portable dev` show and change what its app keeps, beside it and without it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from hosts.local_dev import heard
from processes.tooling.dev.conftest import Portable
from unit.tooling.dev.dashboard.market_here import SECRET, running

from portable.eventing.deadletters import dead_letter
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.tooling.targets import here

SALE = '{"shop": "ada & co", "number": 3, "at": "2026-01-31T12:00:00Z", "price": 2.5, "state": "open"}'


def buried(project: Path, name: str, payload: bytes) -> Message[bytes]:
    """Put a dead letter of a queue there, and return its message."""
    message = Message(name, payload, attempt=2)
    letter = dead_letter(message, 2, RuntimeError("cannot be done"))
    os.environ["PORTABLE_DEAD_JOBS"] = str(project / ".portable" / "local" / "messages.sqlite")
    here()[1].drivers(project).of(Queue("jobs").dead_letters).send(letter)
    return message


def test_an_object_is_put_listed_printed_and_removed(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": 1}')
    assert portable(f"bucket files put own/a.json {tmp_path / 'a.json'}").out == "own/a.json was stored (8 bytes)\n"
    assert portable("bucket files ls --prefix own/").out == "8 bytes  own/a.json\n"
    [told] = portable("bucket files cat own/a.json --json").lines
    assert (told["key"], told["size"], told["content_type"]) == ("own/a.json", 8, "application/json")
    assert portable("bucket files cat own/a.json").out == '{"a": 1}'
    refused = portable("bucket files rm own/a.json")
    assert (refused.code, "there is nobody to ask. Agree with --yes" in refused.err) == (1, True)
    assert portable("bucket files rm own/a.json --yes --json").lines == [{"key": "own/a.json", "deleted": True}]
    gone = portable("bucket files cat own/a.json")
    assert (gone.code, gone.err) == (1, 'portable: bucket "files" has no "own/a.json"\n')


def test_a_long_list_says_that_there_is_more(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"c")
    for number in range(3):
        portable(f"bucket files put long/{number} {tmp_path / 'c'}")
    listed = portable("bucket files ls --prefix long/ --limit 2 --json")
    assert [each["key"] for each in listed.lines] == ["long/0", "long/1"]
    assert listed.err == "note: there are more; these are the first 2. See more with --limit\n"
    assert portable("bucket files ls --prefix long/ --limit 3").err == ""


def test_what_is_deleted_is_kept_when_the_answer_is_no(
    portable: Portable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "b").write_bytes(b"b")
    portable(f"bucket files put own/b {tmp_path / 'b'}")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr(typer, "confirm", lambda text, err: asked.append(text))
    assert portable("bucket files rm own/b").err == "portable: nothing was deleted\n"
    assert asked == ["Delete own/b (1 bytes)?"]
    assert portable("bucket files cat own/b").out == "b"


def test_a_secret_is_shown_nowhere_and_written_to_a_file_as_it_is(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "s").write_text(SECRET)
    portable(f"bucket files put own/s {tmp_path / 's'} --content-type text/plain")
    assert portable("bucket files cat own/s").out == "***"
    assert portable(f"bucket files cat own/s -o {tmp_path / 'copy'}").code in (0, None)
    assert (tmp_path / "copy").read_text() == SECRET
    portable("table notes put {row}", row=json.dumps({"id": "secret", "text": SECRET}))
    for command in ("get secret", "get secret --json", "query --where 'id == secret'", "query --json"):
        shown = portable(f"table notes {command}")
        assert "***" in shown.out
        assert "Tr0ub4dor" not in shown.out


def test_a_row_fits_its_type_and_is_found_again(portable: Portable) -> None:
    assert portable("table sales put {row} --new", row=SALE).out == "The row was put into sales\n"
    wrong = portable("table sales put {row} --json", row='{"shop": "x", "number": "three"}')
    assert wrong.code == 1
    assert wrong.lines[0]["error"].startswith("number: Expected `int`")
    [row] = portable("table sales get 'ada & co' --sort 3 --json").lines
    assert (row["price"], row["state"], row["at"]) == (2.5, "open", "2026-01-31T12:00:00+00:00")
    assert portable("table sales query --key open --index by-state --json").lines == [row]
    assert portable("table sales query --where 'price > 3'").err == "no rows\n"
    for where in ("price>2", "price <= 2.5", "number == 3", "shop == ada & co", "at < 2026-02-01T00:00:00Z", "at has"):
        assert portable("table sales query --json --where {row}", row=where).lines == [row], where
    assert portable("table sales query --where 'number != 3'").err == "no rows\n"
    unknown = "no rows: no row has a field 'cost'; they have shop, number, at, price, state, tags\n"
    assert portable("table sales query --where 'cost > 1'").err == unknown
    heading, cells = portable("table sales query --key 'ada & co'").out.splitlines()
    assert heading.split() == ["shop", "number", "at", "price", "state", "tags"]
    assert cells.startswith("ada & co  3 ")
    assert "give the latter with --sort" in portable("table sales delete 'ada & co'").err
    assert portable("table sales delete 'ada & co' --sort 3 --yes").out == "The row was deleted from sales\n"
    assert portable("table sales query").err == "no rows\n"


def test_a_row_without_a_type_keeps_its_bytes_and_moments(portable: Portable) -> None:
    row = {"id": "n", "at": {"$at": "2026-01-31T12:00:00+00:00"}, "data": {"$base64": "AAE="}}
    portable("table notes put {row}", row=json.dumps(row))
    assert portable("table notes get n --json").lines == [row]
    taken = portable("table notes put {row} --new", row=json.dumps(row))
    assert taken.code == 1
    assert "already" in taken.err


def test_dead_letters_are_seen_sent_back_and_deleted(portable: Portable, project: Path) -> None:
    portable("queue jobs purge --yes")
    portable("queue jobs purge --dead --yes")
    buried(project, "m-1", b'{"what": "impossible"}')
    [letter] = portable("queue jobs peek --dead --json").lines
    assert (letter["payload"], letter["attempts"], letter["error"]) == (
        '{"what": "impossible"}',
        2,
        "RuntimeError: cannot be done",
    )
    shown = portable("queue jobs peek --dead")
    assert "RuntimeError: cannot be done" in shown.out
    assert shown.err == "1 dead letter in jobs-poison\n"
    assert portable("queue jobs redrive").out == "1 dead letter went back to jobs\n"
    assert portable("queue jobs peek --dead").err == "0 dead letters in jobs-poison\n"
    assert [message["id"] for message in portable("queue jobs peek --json").lines] == [letter["id"]]
    assert "nobody to ask" in portable("queue jobs purge").err
    assert portable("queue jobs purge --yes --json").lines == [{"queue": "jobs", "deleted": 1}]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("bucket nope ls", "the app market has no bucket nope: it has files"),
        ("table nope query", "the app market has no table nope: it has "),
        ("queue nope peek", "the app market has no queue nope: it has jobs"),
        ("queue arrived peek --dead", "the queue arrived has no dead letters"),
        ("table notes put '{'", "this is not JSON"),
        ("table notes query --where 'id like a'", "'id like a' is no condition"),
        ("table notes query --where 'id >'", "'id >' has no value to compare with"),
        ("table notes query --where '== a'", "'== a' is no condition"),
        ("table notes query --where 'id = a'", 'write "id == a"'),
        ("table notes query --where 'id == a and text == b'", "is more than one condition"),
        ("table notes get n --sort 1", "leave --sort out"),
        ("bucket files put a nowhere", "nowhere: No such file"),
        ("events --id nope", "there is no call nope"),
    ],
)
def test_a_mistake_is_one_sentence(portable: Portable, command: str, said: str) -> None:
    ended = portable(command)
    assert ended.code == 1
    assert ended.err.startswith("portable: ")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_what_is_put_fires_the_functions_beside_a_running_app_and_when_it_starts(
    portable: Portable, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"x")
    portable(f"bucket files put in/early.txt {tmp_path / 'x'}")
    [waiting] = portable("queue arrived peek --json").lines
    assert json.loads(waiting["payload"])["key"] == "in/early.txt"
    with running(project) as app, heard(project):
        app.start()
        try:
            portable(f"bucket files put in/late.txt {tmp_path / 'x'}")
            _until(lambda: len(portable("events --function arrived --json").lines) == 2)
            _until(lambda: not [each for each in _arrived(portable) if each["outcome"] == "running"])
        finally:
            app.stop(10.0)
    found = _arrived(portable)
    assert {each["label"] for each in found} == {"in/early.txt in files", "in/late.txt in files"}
    assert {each["outcome"] for each in found} == {"done"}
    assert portable("bucket files ls --prefix seen/").out.split() == [
        "1",
        "byte",
        "seen/early.txt",
        "1",
        "byte",
        "seen/late.txt",
    ]
    [one] = portable(f"events --id {found[0]['id']} --json").lines
    assert [call["method"] for call in one["calls"]] == ["copy"]
    shown = portable(f"events --id {found[0]['id']}").out
    assert "bucket files copy" in shown
    assert '"key": "in/late.txt"' in shown
    assert "no such calls" in portable("events --function arrived --failed").err
    assert "arrived" in portable("events -n 1").out


def test_a_failed_call_is_found_with_its_traceback(portable: Portable, project: Path) -> None:
    with running(project) as app, heard(project):
        app.fire("broken", {"method": "GET", "path": "/broken"})
        app.recorder.settle()
    [failed] = portable("events --failed --json").lines
    assert (failed["function"], failed["outcome"]) == ("broken", "failed")
    shown = portable(f"events --id {failed['id']}").out
    assert "market.py" in shown
    assert "ValueError" in shown


def test_the_journal_is_read_while_the_app_is_broken(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("1 / 0\n")
    assert portable(f"events {tmp_path}").code in (0, None)
    broken = portable(f"bucket files ls {tmp_path}")
    assert broken.code == 1
    assert "ZeroDivisionError" in broken.err


def test_a_damaged_journal_is_named(portable: Portable, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    file = tmp_path / ".portable" / "local" / "journal.sqlite"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database " * 100)
    ended = portable(f"events {tmp_path}")
    assert ended.code == 1
    assert ended.err.startswith(f"portable: {file} cannot be read: file is not a database.")


def _arrived(portable: Portable) -> list[dict[str, Any]]:
    return portable("events --function arrived --json").lines


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_row_is_read_from_stdin(portable: Portable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"id": "piped"}'))
    portable("table notes put -")
    assert portable("table notes get piped --json").lines == [{"id": "piped"}]


def test_the_commands_start_without_what_serves() -> None:
    used = (
        "cli.main",
        "cli.kinds.queue",
        "cli.kinds.table",
        "cli.kinds.bucket",
        "cli.events",
        "dev.stored.opening",
        "dev.stored.messages",
        "dev.stored.rows",
        "dev.journal.shown",
    )
    script = f"import sys, {', '.join(f'portable.tooling.{name}' for name in used)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "portable.tooling.dev.resources" in loaded
    assert not {"starlette", "uvicorn", "jinja2", "watchfiles", "markupsafe"} & set(loaded)


def test_a_key_in_the_place_of_the_folder_is_told_with_its_option(portable: Portable) -> None:
    ended = portable("table sales query acme")
    assert ended.code == 2
    assert "if you mean --key acme, write --key before it" in " ".join(ended.err.replace("│", " ").split())
    ended = portable("bucket files ls in/")
    assert ended.code == 2
    assert "if you mean --prefix in, write --prefix before it" in " ".join(ended.err.replace("│", " ").split())
