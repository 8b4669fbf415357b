from collections.abc import Iterator

import pytest
from psycopg_pool import ConnectionPool
from servers.postgres import Postgres as Server

from portable.conformance.table import TABLES, Store, TableSuite
from portable.persistence.shape import describe
from portable_container.runtime.clients import Postgres
from portable_container.runtime.persistence import table_driver
from portable_container.runtime.schema import migrate
from portable_container.runtime.schema_database import Database


@pytest.fixture(scope="module")
def store(postgresql: Server) -> Iterator[Store]:
    postgres = Postgres(postgresql.uri)
    migrate(postgres, Database("suite_tests", tuple(describe(table) for table in TABLES)))
    yield Store(
        open=lambda table: table_driver(table, f"suite_tests.{table.name}", postgres),
        native=ConnectionPool,
        examples=25,
    )
    postgres.close()


class TestPostgreSQL(TableSuite):
    pass
