"""The state folder of a project, `.portable/local`: whether it can be used, and how to drop it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from portable.errors import PortableError

FOLDER = Path(".portable", "local")


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


def check(project: Path) -> None:
    """Raise StateError when data cannot be written, or when a database is damaged."""
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
        if file != journal_of(project):  # a damaged journal is set aside when it is opened
            _check_database(file)


def drop(project: Path) -> None:
    """Delete the data of a project."""
    shutil.rmtree(project / FOLDER, ignore_errors=False) if (project / FOLDER).exists() else None


def size(project: Path) -> str:
    """Return in words what the state folder holds, "" for nothing."""
    files = [path for path in (project / FOLDER).rglob("*") if path.is_file()]
    if not files:
        return ""
    total = sum(path.stat().st_size for path in files)
    return f"{len(files):,} files, {total / 1e6:,.1f} MB"


def _check_database(file: Path) -> None:
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=5)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            return
        raise StateError(f"{file} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StateError(
            f"{file} is damaged: {error}. Nothing was changed. Put a copy in its place, move it away, or begin anew with "
            "portable dev --fresh"
        ) from error
