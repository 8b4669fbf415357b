"""What is damaged in the state folder is named, and nothing is changed. Only the journal is set aside."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hosts.local_dev import dev
from unit.tooling.dev import dev_app

from portable.persistence.clients import TableWriter
from portable.persistence.table import Table
from portable.tooling.dev.kinds.signing import Signer
from portable.tooling.dev.state import FOLDER, StateError, check, drop, opening, used
from portable.tooling.targets import here

Damage = Callable[[bytes], bytes]


def middle(data: bytes) -> bytes:
    """Return a database with every page but the first one overwritten."""
    return data[:4096] + b"\xa5" * (len(data) - 4096)


DAMAGES: list[Damage] = [lambda data: b"no database" * 500, middle, lambda data: data[: len(data) // 2]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project that has data of every kind, and is closed."""
    project = tmp_path_factory.mktemp("used")
    with dev(project, [dev_app]) as app:
        app.http("POST", "/jobs/a")
        app.http("POST", "/clicks")
        app.ended("index", "done")
        app.ended("count", "done")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTABLE_TABLE_NOTES", str(project / FOLDER / "tables.sqlite"))
        TableWriter(Table("notes", key="id"), here()[1].drivers(project)).put({"id": "a", "text": "x" * 5000})
    for file in (project / FOLDER).glob("*.sqlite"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return project


@pytest.fixture
def project(filled: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    shutil.copytree(filled, tmp_path / "app")
    return tmp_path / "app"


def databases(project: Path) -> list[str]:
    return sorted(file.name for file in (project / FOLDER).glob("*.sqlite"))


def test_data_that_are_well_are_well(project: Path) -> None:
    said: list[str] = []
    check(project, said.append)
    assert said == []
    assert {"journal.sqlite", "messages.sqlite", "outbox.sqlite", "tables.sqlite"} <= set(databases(project))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_named_and_nothing_is_changed(project: Path, damage: Damage) -> None:
    for name in databases(project):
        if name == "journal.sqlite":
            continue
        file = project / FOLDER / name
        before = file.read_bytes()
        file.write_bytes(damage(before))
        damaged = file.read_bytes()
        with pytest.raises(StateError, match="Nothing was changed") as told:
            check(project)
        assert f"{name} is damaged" in str(told.value), name
        assert "--fresh" in str(told.value)
        assert file.read_bytes() == damaged
        file.write_bytes(before)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_set_aside(project: Path, damage: Damage) -> None:
    file, said = project / FOLDER / "journal.sqlite", list[str]()
    file.write_bytes(damage(file.read_bytes()))
    check(project, said.append)
    assert "was moved to journal.sqlite.damaged and a new one was begun" in said[0]
    assert (project / FOLDER / "journal.sqlite.damaged").exists()
    with dev(project, [dev_app]) as app:
        app.http("GET", "/fails")
        assert [call.function for call in app.all()] == ["fails"]


def test_a_secret_of_signed_urls_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    first = Signer(file, "http://localhost").url("files", "a", "GET", 60)
    assert Signer(file, "http://localhost").url("files", "a", "GET", 60).partition("signature")[2] in first
    for damaged in (b"", b"short"):
        file.write_bytes(damaged)
        Signer(file, "http://localhost")
        assert len(file.read_bytes()) == 32
        assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]


def test_what_cannot_be_opened_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"the data in .*local cannot be opened: No such file"), opening(tmp_path):
        (tmp_path / "nothing").read_bytes()


def test_data_that_another_process_uses_are_not_dropped(project: Path) -> None:
    with used(project), used(project), pytest.raises(StateError, match="another portable dev uses"):
        drop(project)
    assert databases(project)
    drop(project)
    assert not (project / FOLDER).exists()
