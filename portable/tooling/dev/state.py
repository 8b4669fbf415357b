"""The state folder of a project, `.portable/local`: whether it can be used, and how to drop it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portable.errors import PortableError

FOLDER = Path(".portable", "local")
LOOKED_THROUGH = 64 * 1024 * 1024
"""Bytes of the largest database that is looked through when `portable dev` starts: more would be felt."""


class StateError(PortableError):
    """The state folder cannot be used. Nothing in it was changed."""


def state_of(project: Path) -> Path:
    """Return the folder that holds the data of a project, and make it."""
    folder = project / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def journal_of(project: Path) -> Path:
    """Return the file of the journal of a project."""
    return project / FOLDER / "journal.sqlite"


def check(project: Path, report: Callable[[str], None] = lambda said: None) -> None:
    """Raise StateError when data cannot be written, or when a database is damaged. A damaged journal is set aside."""
    folder = project / FOLDER
    probe = folder / f".probe-{os.getpid()}"
    try:
        state_of(project)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        probe.unlink(missing_ok=True) if os.access(folder, os.W_OK) else None
        raise StateError(
            f"{folder} cannot be written: {error.strerror}. portable dev keeps the data of the app there"
        ) from error
    ignore = project / ".portable" / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    for file in sorted(folder.glob("*.sqlite")):
        why = _damage(file)
        if why and file == journal_of(project):
            report(set_aside(file, why))
        elif why:
            raise StateError(
                f"{file} is damaged: {why}. Nothing was changed. Put a copy in its place, move it away, or begin anew with "
                "portable dev --fresh"
            )


@contextmanager
def used(project: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the state folder while a block runs. Raises StateError for one who wants to be `alone` and is not."""
    try:
        import fcntl
    except ImportError:  # Windows keeps open files by itself
        yield
        return
    held = project / FOLDER.parent / "in-use"
    held.parent.mkdir(parents=True, exist_ok=True)
    with held.open("ab") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                f"another portable dev uses {project / FOLDER}. Nothing was changed: stop it first, then try again"
            ) from None
        yield


def drop(project: Path) -> None:
    """Delete the data of a project. Raises StateError when a `portable dev` uses it."""
    import shutil

    with used(project, alone=True):
        shutil.rmtree(project / FOLDER, ignore_errors=False) if (project / FOLDER).exists() else None


def size(project: Path) -> str:
    """Return in words what the state folder holds, "" for nothing."""
    files = [path for path in (project / FOLDER).rglob("*") if path.is_file()]
    if not files:
        return ""
    total = sum(path.stat().st_size for path in files)
    return f"{len(files):,} files, {total / 1e6:,.1f} MB"


def set_aside(journal: Path, why: str) -> str:
    """Move a damaged journal away, because it is only a record. Return what is to be said of it."""
    aside = journal.with_name(f"{journal.name}.damaged")
    journal.replace(aside)
    for end in ("-wal", "-shm"):
        journal.with_name(f"{journal.name}{end}").unlink(missing_ok=True)
    return f"the journal {journal} is damaged ({why}): it was moved to {aside.name} and a new one was begun"


@contextmanager
def opening(project: Path) -> Iterator[None]:
    """Tell in words why data cannot be opened, for example because the disk is full. Raises StateError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise StateError(f"the data in {project / FOLDER} cannot be opened: {why}") from error


def _damage(file: Path) -> str:
    """Return what is wrong with a database, "" if nothing. Of a large one only the beginning is looked at."""
    looked = "PRAGMA quick_check(1)" if file.stat().st_size <= LOOKED_THROUGH else "SELECT 'ok' FROM sqlite_master"
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=5)
        try:
            [said] = connection.execute(looked).fetchone() or ("ok",)
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            return ""
        raise StateError(f"{file} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else " ".join(str(said).split())
