"""The table suite: it defines what a table is. A driver that passes it is correct.

A harness is a fixture and a subclass:

    from portable.conformance.table import Store, TableSuite

    @pytest.fixture(scope="module")
    def store():
        return Store(open=lambda table: my_driver(table, address_of[table.name]))

    class TestMyStore(TableSuite):
        pass

The suite fails if a test is removed or replaced without a reason: see `portable.conformance.guard`.
`portable.conformance.table_cases.TABLES` lists the tables that must exist; most stores make them from
`portable.persistence.shape.describe(table)`.
"""

from __future__ import annotations

from portable.conformance.table_cases import TABLES, Store
from portable.conformance.table_queries import QueryTests
from portable.conformance.table_transactions import TransactionTests
from portable.conformance.table_typed import TypedTests
from portable.conformance.table_values import ValueTests
from portable.conformance.table_writes import WriteTests

__all__ = ["TABLES", "Store", "TableSuite"]


class TableSuite(ValueTests, WriteTests, QueryTests, TransactionTests, TypedTests):
    """Everything a table driver promises; see `portable.persistence.driver`."""
