"""Clients of tables in PostgreSQL, which has no more than a schema's name and the tables' declarations."""

from __future__ import annotations

from typing import Any

from portable.persistence.clients import TableReadWriter
from portable.persistence.shape import describe
from portable.persistence.table import Table
from portable_container.runtime.clients import Postgres
from portable_container.runtime.persistence import PostgresTable, table_driver
from portable_container.runtime.schema_database import Database

SHELF = Table("shelf", key="owner", sort="name")


class One:
    def __init__(self, driver: PostgresTable) -> None:
        self.driver = driver

    def of(self, table: Table) -> PostgresTable:
        return self.driver


def client(postgres: Postgres, schema: str, table: Table = SHELF) -> TableReadWriter[Any]:
    return TableReadWriter(table, One(table_driver(table, f"{schema}.{table.name}", postgres)))  # type: ignore[arg-type]


def database(schema: str, *tables: Table, **roles: dict[str, tuple[str, ...]]) -> Database:
    return Database(schema, tuple(describe(table) for table in tables), roles)
