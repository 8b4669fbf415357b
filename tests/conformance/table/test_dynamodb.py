from collections.abc import Iterator

import pytest
from botocore.client import BaseClient

from portable.conformance.table import TABLES, Store, TableSuite
from portable.persistence.shape import describe
from portable_aws.deploy.tables import create_table
from portable_aws.runtime.clients import AwsClient
from portable_aws.runtime.persistence import table_driver

LACKS = {"wide sums": "ministack 1.5.33 adds numbers in 28 digits, DynamoDB in 38"}


@pytest.fixture(scope="module")
def store(aws_server: dict[str, str]) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.items():
            patch.setenv(name, value)
        client = AwsClient("dynamodb")
        for table in TABLES:
            client.get().create_table(**create_table(f"app-{table.name}", describe(table)))
        yield Store(
            open=lambda table: table_driver(table, f"app-{table.name}", client),
            lacks=LACKS,
            native=BaseClient,
            examples=15,
        )


class TestDynamoDB(TableSuite):
    pass
