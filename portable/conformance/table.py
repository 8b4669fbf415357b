"""The table suite: a store in, a verdict out. A driver is right when it passes; the suite is the definition of a table.

A harness is a fixture and a subclass:

    from portable.conformance.table import Store, TableSuite

    @pytest.fixture(scope="module")
    def store():
        return Store(open=lambda table: my_driver(table, address_of[table.name]))

    class TestMyStore(TableSuite):
        pass

A test that is dropped or replaced fails the suite, unless it says why: see `portable.conformance.guard`.
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
