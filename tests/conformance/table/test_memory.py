import pytest
from searches import MOST

from portable.conformance.table import TABLES, Store, TableSuite
from portable.persistence.memory import MemoryTable


@pytest.fixture(scope="module")
def store() -> Store:
    made = {table.name: MemoryTable(table) for table in TABLES}
    return Store(open=lambda table: made[table.name], native=MemoryTable, examples=min(200, MOST))


class TestMemory(TableSuite):
    pass
