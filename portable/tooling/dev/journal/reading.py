"""The reading side of the journal: takes its file; returns invocations. It may be read while others write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from portable.tooling.dev.journal.model import Details, Invocation, ResourceCall
from portable.tooling.dev.journal.schema import COLUMNS, PREPARE, connect

LONGEST_TRACE = 1000
"""How many invocations of one trace are returned at most, the first ones."""
LOOKED_AT = 500
"""How many invocations are searched for the calls of a resource."""
_ROW = ", ".join(f"invocations.{column}" for column in COLUMNS)
_FOUND = "(label LIKE ? ESCAPE '\\' OR error LIKE ? ESCAPE '\\' OR id = ? OR trace = ?)"
_DETAILS = "SELECT data FROM invocations JOIN details USING (place)"


class Journal:
    """The invocations of one app. A file that does not exist yet is an empty journal."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def recent(
        self,
        limit: int = 50,
        before: str = "",
        function: str = "",
        outcome: str = "",
        text: str = "",
        *,
        failed: bool = False,
    ) -> list[Invocation]:
        """Return the newest invocations first; those that began before the one with the id `before`.

        `failed` are those with the outcome failed, dead or dropped. `text` is looked for in labels and errors; it may also be an id, whole, of an invocation or of a trace.
        """
        where: list[tuple[str, tuple[Any, ...]]] = []
        if before:
            where.append(("(began, id) < (SELECT began, id FROM invocations WHERE id = ?)", (before,)))
        if function:
            where.append(("function = ?", (function,)))
        if outcome:
            where.append(("outcome = ?", (outcome,)))
        if failed:
            where.append(("outcome IN ('failed', 'dead', 'dropped')", ()))
        if text:
            pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            where.append((_FOUND, (pattern, pattern, text, text)))
        condition = f"WHERE {' AND '.join(part for part, _ in where)}" if where else ""
        values = [value for _, given in where for value in given]
        query = f"SELECT {_ROW} FROM invocations {condition} ORDER BY began DESC, id DESC LIMIT ?"  # noqa: S608 - constants
        with self._open() as connection:
            return _invocations(connection.execute(query, (*values, limit)))

    def one(self, id: str) -> Details | None:  # noqa: A002
        """Return an invocation by its id."""
        with self._open() as connection:
            return next(_details(connection.execute(f"{_DETAILS} WHERE id = ?", (id,))), None)

    def trace(self, trace: str) -> list[Details]:
        """Return what followed from one event, the oldest first."""
        query = f"{_DETAILS} WHERE trace = ? ORDER BY began, id LIMIT ?"
        with self._open() as connection:
            return list(_details(connection.execute(query, (trace, LONGEST_TRACE))))

    def since(self, place: int) -> tuple[int, list[Invocation]]:
        """Return the invocations that are new or have changed since a place, and the place to ask for next.

        A place of -1 returns the place of now.
        """
        with self._open() as connection:
            if place < 0:
                [(last,)] = connection.execute("SELECT coalesce(max(place), 0) FROM invocations")
                return last, []
            query = f"SELECT place, {_ROW} FROM invocations WHERE place > ? ORDER BY place"  # noqa: S608 - constants
            rows = connection.execute(query, (place,)).fetchall()
        return (rows[-1][0] if rows else place), _invocations(row[1:] for row in rows)

    def count(self) -> int:
        """Return how many invocations are kept."""
        with self._open() as connection:
            [(found,)] = connection.execute("SELECT count(*) FROM invocations")
        return int(found)

    def used(self) -> dict[str, set[tuple[str, str, str]]]:
        """Return the kind, name and method, or used permission, of the resource calls that each function has ever made."""
        found: dict[str, set[tuple[str, str, str]]] = {}
        with self._open() as connection:
            for function, *used in connection.execute("SELECT function, kind, name, method FROM used"):
                found.setdefault(function, set()).add((used[0], used[1], used[2]))
        return found

    def calls(self, kind: str, name: str, limit: int = 50) -> list[tuple[Invocation, ResourceCall]]:
        """Return the latest calls of a resource with the invocations that made them, the newest first.

        It looks at the latest invocations of the functions that ever called the resource.
        """
        functions = [
            function for function, used in self.used().items() if any(each[:2] == (kind, name) for each in used)
        ]
        marks = ", ".join("?" * len(functions))
        query = f"{_DETAILS} WHERE function IN ({marks}) ORDER BY began DESC, id DESC LIMIT ?"
        with self._open() as connection:
            found = list(_details(connection.execute(query, (*functions, LOOKED_AT))))
        made: list[tuple[Invocation, ResourceCall]] = [
            (each, call) for each in found for call in each.calls if (call.kind, call.name) == (kind, name)
        ]
        return sorted(made, key=lambda pair: -pair[1].began)[:limit]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection. One for each question, so that any thread may ask."""
        connection = connect(self._file) if self._file.exists() else _empty()
        try:
            yield connection
        finally:
            connection.close()


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(PREPARE)
    return connection


def _invocations(rows: Iterable[tuple[Any, ...]]) -> list[Invocation]:
    return [Invocation(**dict(zip(COLUMNS, row, strict=True))) for row in rows]


def _details(rows: Iterable[tuple[bytes]]) -> Iterator[Details]:
    decode = msgspec.json.Decoder(Details).decode
    return (decode(data) for (data,) in rows)
