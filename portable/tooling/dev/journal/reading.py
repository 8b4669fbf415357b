"""The reading side of the journal: takes its file; returns invocations. It may be read while others write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from portable.tooling.dev.journal.model import Details, Invocation, ResourceCall
from portable.tooling.dev.journal.schema import prepare, prepared

LONGEST_TRACE = 1000
"""How many invocations of one trace are returned at most, the first ones."""
LOOKED_AT = 500
"""How many invocations are searched for the calls of a resource."""
_FOUND = "(label LIKE ? ESCAPE '\\' OR error LIKE ? ESCAPE '\\' OR id = ? OR trace = ?)"
_T = TypeVar("_T")
_NEWEST = "ORDER BY began DESC, id DESC"


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
            where.append(("(began, id) < (SELECT began, id FROM journal WHERE id = ?)", (before,)))
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
        with self._open() as connection:
            return _decoded(
                Invocation, _newest(connection, condition, [value for _, given in where for value in given], limit)
            )

    def one(self, id: str) -> Details | None:  # noqa: A002
        """Return an invocation by its id."""
        with self._open() as connection:
            found = _decoded(Details, connection.execute("SELECT data FROM journal WHERE id = ?", (id,)))
        return found[0] if found else None

    def trace(self, trace: str) -> list[Details]:
        """Return what followed from one event, the oldest first."""
        query = "SELECT data FROM journal WHERE trace = ? ORDER BY began, id LIMIT ?"
        with self._open() as connection:
            return _decoded(Details, connection.execute(query, (trace, LONGEST_TRACE)))

    def since(self, place: int) -> tuple[int, list[Invocation]]:
        """Return the invocations that are new or have changed since a place, and the place to ask for next.

        A place of -1 returns the place of now.
        """
        with self._open() as connection:
            if place < 0:
                [(last,)] = connection.execute("SELECT coalesce(max(place), 0) FROM journal")
                return last, []
            query = "SELECT place, data FROM journal WHERE place > ? ORDER BY place"
            rows = connection.execute(query, (place,)).fetchall()
        return (rows[-1][0] if rows else place), _decoded(Invocation, (row[1:] for row in rows))

    def count(self) -> int:
        """Return how many invocations are kept."""
        with self._open() as connection:
            [(found,)] = connection.execute("SELECT count(*) FROM journal")
        return int(found)

    def used(self) -> dict[str, set[tuple[str, str, str]]]:
        """Return what each function has ever used: kinds and names of resources, and permissions."""
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
        with self._open() as connection:
            found = _decoded(Details, _newest(connection, f"WHERE function IN ({marks})", functions, LOOKED_AT))
        made: list[tuple[Invocation, ResourceCall]] = [
            (each, call) for each in found for call in each.calls if (call.kind, call.name) == (kind, name)
        ]
        return sorted(made, key=lambda pair: -pair[1].began)[:limit]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection. One for each question, so that any thread may ask."""
        connection = prepared(self._file) if self._file.exists() else _empty()
        try:
            yield connection
        finally:
            connection.close()


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    prepare(connection)
    return connection


def _newest(
    connection: sqlite3.Connection, condition: str, values: Sequence[str], limit: int
) -> Iterable[tuple[bytes]]:
    """Return the data of the newest rows. They are sorted before their data are read."""
    places = f"SELECT place FROM journal {condition} {_NEWEST} LIMIT ?"  # noqa: S608 - constants
    query = f"SELECT data FROM journal WHERE place IN ({places}) {_NEWEST}"  # noqa: S608 - constants
    return connection.execute(query, (*values, limit))


def _decoded(kind: type[_T], rows: Iterable[tuple[bytes]]) -> list[_T]:
    decode = msgspec.json.Decoder(kind).decode
    return [decode(data) for (data,) in rows]
