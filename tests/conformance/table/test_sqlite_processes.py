"""SQLite under several processes, and under processes that are killed while they write."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from portable.errors import DeclarationError, Unavailable
from portable.persistence.clients import TableReadWriter
from portable.persistence.table import Index, Table
from portable_local.runtime import persistence_schema
from portable_local.runtime.persistence import SqliteTable, table_driver

SHELF = Table("shelf", key="owner", sort="name", indexes=(Index("by_kind", key="kind"),))
WRITER = """
import sys
from portable.persistence.clients import TableReadWriter
from portable.persistence.table import Index, Table
from portable_local.runtime.persistence import table_driver

table = Table("shelf", key="owner", sort="name", indexes=(Index("by_kind", key="kind"),))
driver = table_driver(table, sys.argv[1])

class Drivers:
    def of(self, _): return driver

rows = TableReadWriter(table, Drivers())
who, count = sys.argv[2], int(sys.argv[3])
for number in range(count):
    rows.put({"owner": who, "name": f"{number:06}", "kind": "k", "n": number, "blob": "x" * 900})
    with rows.transaction("pair") as writes:
        writes.update("left", add={"n": 1})
        writes.update("right", add={"n": -1})
    print(number, flush=True)
"""


class One:
    def __init__(self, driver: SqliteTable) -> None:
        self.driver = driver

    def of(self, table: Table) -> SqliteTable:
        return self.driver


def client(path: Path, table: Table = SHELF) -> TableReadWriter[Any]:
    return TableReadWriter(table, One(table_driver(table, str(path))))  # type: ignore[arg-type]


def start(path: Path, who: str, count: int, output: Path) -> subprocess.Popen[bytes]:
    with output.open("wb") as file:
        return subprocess.Popen([sys.executable, "-c", WRITER, str(path), who, str(count)], stdout=file, stderr=file)


def test_several_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "tables.sqlite"
    processes = [start(path, f"p{number}", 100, tmp_path / f"{number}") for number in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0], (tmp_path / "0").read_text()
    rows = client(path)
    for number in range(3):
        assert [row["n"] for row in rows.query(f"p{number}")] == list(range(100))
    assert (rows.get("pair", "left")["n"], rows.get("pair", "right")["n"]) == (300, -300)


def test_a_process_killed_in_mid_write_leaves_whole_rows_and_keeps_what_it_reported(tmp_path: Path) -> None:
    path = tmp_path / "tables.sqlite"
    chance = random.Random(7)
    for kill in range(8):
        output = tmp_path / f"{kill}"
        process = start(path, f"p{kill}", 100_000, output)
        while not output.stat().st_size and process.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        reported = [line for line in output.read_text().splitlines(keepends=True) if line.endswith("\n")]
        rows = client(path)
        found = everything(rows, f"p{kill}")
        assert [row["n"] for row in found] == list(range(len(found)))
        assert len(found) >= len(reported) > 0
        left, right = rows.get("pair", "left")["n"], rows.get("pair", "right")["n"]
        assert left == -right
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def everything(rows: TableReadWriter[Any], owner: str) -> list[Any]:
    found, page = [], None
    while True:
        answer = rows.query(owner, page=page)
        found += answer.items
        page = answer.next
        if page is None:
            return found


def test_two_keys_of_one_number_are_two_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence_schema, "number_of", lambda texts: 5)
    rows = client(tmp_path / "tables.sqlite")
    for number in range(5):
        rows.put({"owner": "a", "name": f"{number}", "n": number})
    rows.update("a", "1", add={"n": 10})
    rows.delete("a", "3")
    rows.put({"owner": "a", "name": "4", "n": 40})
    assert [row["n"] for row in rows.query("a")] == [0, 11, 2, 40]
    assert [rows.get("a", f"{number}", default=None) is not None for number in range(5)] == [
        True,
        True,
        True,
        False,
        True,
    ]


def test_a_new_index_finds_the_rows_that_were_there_before(tmp_path: Path) -> None:
    path = tmp_path / "tables.sqlite"
    client(path, Table("shelf", key="owner", sort="name")).put({"owner": "a", "name": "x", "kind": "k"})
    assert client(path).query("k", index="by_kind").items == [{"owner": "a", "name": "x", "kind": "k"}]


def test_rows_under_other_keys_than_the_declared_are_an_error_not_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "tables.sqlite"
    client(path).put({"owner": "a", "name": "x"})
    with pytest.raises(DeclarationError, match="declared with other key fields"):
        client(path, Table("shelf", key="name")).get("x")
    assert client(path).get("a", "x") == {"owner": "a", "name": "x"}


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="tables") as raised:
        client(tmp_path / "no folder" / "tables.sqlite").get("a", "x")
    assert isinstance(raised.value.__cause__, sqlite3.Error)
    (tmp_path / "tables.txt").write_text("this is no database, and long enough to be seen as none" * 20)
    with pytest.raises(Unavailable, match="not a database"):
        client(tmp_path / "tables.txt").get("a", "x")
