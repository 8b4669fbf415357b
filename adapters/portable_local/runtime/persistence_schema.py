"""The SQL of one table: takes its declaration; returns statements and the columns of a row. Also creates the table.

A row is JSON text (`portable.persistence.encoding`), and its keys are ordered text. So `sqlite3 file` shows all of it.
"""

from __future__ import annotations

import json

from portable.errors import DeclarationError
from portable.persistence.encoding import from_json, key_text, to_json
from portable.persistence.shape import describe
from portable.persistence.table import index_key, row_key
from portable.persistence.values import expires_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.table import Index, Table
    from portable.persistence.values import Row


class Schema:
    """The names and statements of one table in its file."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name = f'"table_{table.name.replace("-", "_")}"'
        index_columns = [column for index in table.indexes for column in columns_of(index)]
        self.columns = ["id", "pk", "sk", "expires", "body", *index_columns]
        listed = ", ".join(f'"{column}"' for column in self.columns)
        changed = ", ".join(f'"{column}"=excluded."{column}"' for column in self.columns[3:])
        self.get = f"SELECT body, expires FROM {self.name} WHERE id=? AND pk=? AND sk=?"  # noqa: S608  (names only)
        self.find = f"SELECT body, expires FROM {self.name} WHERE pk=? AND sk=?"  # noqa: S608
        self.put = (
            f"INSERT INTO {self.name} ({listed}) VALUES ({', '.join('?' * len(self.columns))}) "  # noqa: S608
            f"ON CONFLICT (pk, sk) DO UPDATE SET {changed}"
        )
        self.delete = f"DELETE FROM {self.name} WHERE pk=? AND sk=?"  # noqa: S608
        self.sweep = (
            f"DELETE FROM {self.name} WHERE rowid IN "  # noqa: S608
            f"(SELECT rowid FROM {self.name} WHERE expires <= ? LIMIT 1000)"
        )

    def values(self, key: RowKey, row: Row) -> tuple[Any, ...]:
        """Return the columns of a row, in the order of `columns`."""
        texts = key_texts(key)
        end = expires_at(row, self.table.ttl) if self.table.ttl is not None else None
        body = json.dumps(to_json(row), ensure_ascii=False, separators=(",", ":"))
        fixed = (number_of(texts), *texts, None if end is None else microseconds(end), body)
        if not self.table.indexes:
            return fixed
        return fixed + tuple(value for index in self.table.indexes for value in _indexed(index, row))

    def store(self, connection: sqlite3.Connection, key: RowKey, row: Row) -> None:
        """Write a row in one statement, or in two if another row has its number."""
        import sqlite3

        values = self.values(key, row)
        try:
            connection.execute(self.put, values)
        except sqlite3.IntegrityError:
            connection.execute(self.put, (None, *values[1:]))

    def read(self, connection: sqlite3.Connection, key: RowKey) -> tuple[str, int | None] | None:
        """Return the body of a row and its expiry, or None if there is no row."""
        texts = key_texts(key)
        found = connection.execute(self.get, (number_of(texts), *texts)).fetchone()
        return found or connection.execute(self.find, texts).fetchone()  # type: ignore[no-any-return]

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Create the table, or change an older one to match its declaration.

        Raises DeclarationError if its rows have other key fields than the declared ones.
        """
        shape = json.dumps(describe(self.table), sort_keys=True)
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("CREATE TABLE IF NOT EXISTS portable_tables (name TEXT PRIMARY KEY, shape TEXT)")
            found = connection.execute("SELECT shape FROM portable_tables WHERE name=?", (self.table.name,)).fetchone()
            if found is None or found[0] != shape:
                if found is not None:
                    self._check_keys(connection, json.loads(found[0]), json.loads(shape))
                self._create(connection)
                connection.execute("INSERT OR REPLACE INTO portable_tables VALUES (?, ?)", (self.table.name, shape))
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise

    def _check_keys(self, connection: sqlite3.Connection, old: dict[str, Any], new: dict[str, Any]) -> None:
        if (old["key"], old["sort"]) == (new["key"], new["sort"]):
            return
        if connection.execute(f"SELECT 1 FROM {self.name} LIMIT 1").fetchone():  # noqa: S608
            raise DeclarationError(
                f'table "{self.table.name}" holds rows with key {old["key"]} and sort {old["sort"]}, but it is now '
                "declared with other key fields: delete the file, or declare the old fields again"
            )
        connection.execute(f"DROP TABLE {self.name}")

    def _create(self, connection: sqlite3.Connection) -> None:
        name = self.name
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY, pk TEXT NOT NULL, sk TEXT NOT NULL, "
            "expires INTEGER, body TEXT NOT NULL, UNIQUE (pk, sk))"
        )
        connection.execute(
            f'CREATE INDEX IF NOT EXISTS {name[:-1]}_expires" ON {name} (expires) WHERE expires IS NOT NULL'
        )
        there = {column[1] for column in connection.execute(f"PRAGMA table_info({name})").fetchall()}
        for index in self.table.indexes:
            key, sort = columns_of(index)
            for column in (key, sort):
                if column not in there:
                    connection.execute(f'ALTER TABLE {name} ADD COLUMN "{column}" TEXT')
            connection.execute(
                f'CREATE INDEX IF NOT EXISTS {name[:-1]}_{index.name}" ON {name} ("{key}", "{sort}", pk, sk) '
                f'WHERE "{key}" IS NOT NULL'
            )
        bodies = connection.execute(f"SELECT body FROM {name}")  # noqa: S608
        for (body,) in bodies.fetchall():
            row = from_json(json.loads(body))
            self.store(connection, row_key(self.table, row), row)


def columns_of(index: Index) -> tuple[str, str]:
    """Return the columns of an index's key and sort. Both are NULL for a row that is not in the index."""
    return f"{index.name}.key", f"{index.name}.sort"


def key_texts(key: RowKey) -> tuple[str, str]:
    """Return a row's key and sort as ordered text. Without a sort field the second text is empty."""
    return key_text(key[0]), "" if key[1] is None else key_text(key[1])


def number_of(texts: tuple[str, str]) -> int:
    """Return the number under which a row is stored: a hash of its key, so that a get searches only one tree.

    Two keys may share a number (once in 10**7 tables of a million rows). Then the second row gets another number, and is
    found by its key.
    """
    from hashlib import blake2b

    digest = blake2b(f"{texts[0]}\0{texts[1]}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def microseconds(value: Any) -> int:
    """Return an aware datetime as whole microseconds since 1970."""
    from datetime import UTC, datetime, timedelta

    return int((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def _indexed(index: Index, row: Row) -> tuple[str | None, str | None]:
    key = index_key(index, row)
    return (None, None) if key is None else key_texts(key)
