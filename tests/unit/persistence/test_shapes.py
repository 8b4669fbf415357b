"""What infrastructure is told to make, and what a declared table costs a process that does not use it."""

import asyncio
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from portable.base.awaited import awaited
from portable.persistence.async_clients import AsyncTableReadWriter
from portable.persistence.shape import describe
from portable.persistence.table import Index, Key, Table
from portable_aws.deploy.tables import create_table, table_shape
from portable_azure.deploy.tables import container_shape
from portable_gcp.deploy.tables import collection_shape
from portable_local.runtime.persistence import table_driver

ORDERS = describe(
    Table(
        "orders",
        key="customer",
        sort=Key("number", int),
        ttl="until",
        indexes=(Index("by_status", key="status", sort=Key("placed_at", datetime)), Index("by_mail", key="mail")),
    )
)
PLAIN = describe(Table("plain", key="@id"))


def test_the_dynamodb_table_has_its_keys_and_indexes_and_no_other_attribute() -> None:
    assert table_shape(ORDERS) == {
        "attributes": {"customer": "S", "number": "N", "status": "S", "placed_at": "S", "mail": "S"},
        "hash_key": "customer",
        "range_key": "number",
        "ttl_attribute": "@ttl",
        "indexes": [
            {"name": "by_status", "hash_key": "status", "range_key": "placed_at", "projection": "ALL"},
            {"name": "by_mail", "hash_key": "mail", "range_key": None, "projection": "ALL"},
        ],
    }
    assert table_shape(PLAIN)["hash_key"] == "@@id"
    assert "GlobalSecondaryIndexes" not in create_table("plain", PLAIN)


def test_the_cosmos_db_container_indexes_keys_only() -> None:
    shape = container_shape(ORDERS)
    assert shape["partition_key_paths"] == ["/pk"]
    assert shape["default_ttl"] == -1
    assert shape["indexing_policy"]["excludedPaths"] == [{"path": "/*"}]
    assert container_shape(PLAIN)["default_ttl"] is None


def test_the_firestore_collection_does_not_index_its_rows() -> None:
    assert collection_shape("orders", ORDERS) == {
        "collection": "orders",
        "unindexed_fields": ["row"],
        "ttl_field": "expires",
        "composite_indexes": [],
    }
    assert collection_shape("plain", PLAIN)["ttl_field"] is None


@pytest.mark.parametrize("module", ["portable.persistence.clients", "portable.persistence.query"])
def test_declaring_a_table_imports_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}\nfrom portable.persistence.table import Table\nTable('plain', key='id')\n"
        "heavy = {'dataclasses', 'inspect', 'asyncio', 'datetime', 'json', 'msgspec', 'sqlite3', 'typing', 'decimal'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout == "[]\n"


ROOT = Path(__file__).resolve().parents[3]


def test_the_asynchronous_driver_of_a_file_keeps_many_calls_in_flight(tmp_path: Path) -> None:
    table = Table("plain", key="id")
    driver = awaited(table_driver(table, str(tmp_path / "tables.sqlite")))

    class Drivers:
        def async_of(self, _: Table) -> object:
            return driver

    rows = AsyncTableReadWriter(table, Drivers())  # type: ignore[arg-type]

    async def work() -> None:
        await asyncio.gather(*(rows.put({"id": f"{number}", "n": number}) for number in range(50)))
        found = await asyncio.gather(*(rows.get(f"{number}") for number in range(50)))
        assert [row["n"] for row in found] == list(range(50))
        await driver.close()

    asyncio.run(work())
