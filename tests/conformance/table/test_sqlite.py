import pytest
from searches import MOST

from portable.conformance.table import Store, TableSuite
from portable_local.runtime.persistence import SqliteTable, table_driver


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("tables") / "tables.sqlite"
    return Store(open=lambda table: table_driver(table, str(path)), native=SqliteTable, examples=min(60, MOST))


class TestSqlite(TableSuite):
    pass
