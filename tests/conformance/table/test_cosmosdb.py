from collections.abc import Iterator

import pytest
from azure.cosmos import ContainerProxy, PartitionKey
from servers.cosmosdb import KEY

from portable.conformance.table import TABLES, Store, TableSuite
from portable.persistence.shape import describe
from portable_azure.deploy.tables import container_shape
from portable_azure.runtime.clients import AzureClients
from portable_azure.runtime.persistence import table_driver


@pytest.fixture(scope="module")
def store(cosmosdb_url: str) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_COSMOS_KEY", KEY)
        clients = AzureClients()
        database = clients.account(f"{cosmosdb_url}/app/any").create_database("app")
        for table in TABLES:
            shape = container_shape(describe(table))
            database.create_container(
                table.name,
                PartitionKey(shape["partition_key_paths"][0]),
                indexing_policy=shape["indexing_policy"],
                default_ttl=shape["default_ttl"],
            )
        yield Store(
            open=lambda table: table_driver(table, f"{cosmosdb_url}/app/{table.name}", clients),
            native=ContainerProxy,
            examples=10,
        )


class TestCosmosDB(TableSuite):
    pass
