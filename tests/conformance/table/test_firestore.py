from collections.abc import Iterator

import pytest
from google.cloud.firestore import Client

from portable.conformance.table import Store, TableSuite
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.persistence import table_driver


@pytest.fixture(scope="module")
def store(firestore_host: str) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        clients = GcpClients()
        yield Store(open=lambda table: table_driver(table, table.name, clients), native=Client, examples=10)


class TestFirestore(TableSuite):
    pass
