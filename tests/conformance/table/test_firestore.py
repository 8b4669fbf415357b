from collections.abc import Iterator

import pytest
from google.cloud.firestore import Client
from servers.firestore import firestore_emulator

from portable.conformance.table import Store, TableSuite
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.persistence import table_driver


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with (
        firestore_emulator(tmp_path_factory.mktemp("firestore") / "log") as host,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("FIRESTORE_EMULATOR_HOST", host)
        clients = GcpClients()
        yield Store(open=lambda table: table_driver(table, table.name, clients), native=Client, examples=10)


class TestFirestore(TableSuite):
    pass
