from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient

from portable.conformance.shared import unique
from portable.conformance.table import TABLES, Store, TableSuite
from portable.conformance.table_cases import PLAIN
from portable.persistence.shape import describe
from portable.persistence.sliding import Count, Full
from portable.persistence.writes import Update
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
    def test_a_counted_call_is_one_read_and_one_write_and_a_refused_one_a_read(self, store: Store) -> None:
        driver, key, asked = store.open(PLAIN), unique(), list[str]()
        events = driver.unwrap(BaseClient).meta.events

        def note(model: Any, **_more: Any) -> None:
            asked.append(model.name)

        events.register("before-call.dynamodb", note)
        try:
            for late in range(2):
                driver.update(Update((key, None), rule=Count([(2, 60)], 1_800_000_000_000 + late)))
            with pytest.raises(Full):
                driver.update(Update((key, None), rule=Count([(2, 60)], 1_800_000_000_002)))
        finally:
            events.unregister("before-call.dynamodb", note)
        assert asked == ["GetItem", "PutItem", "GetItem", "PutItem", "GetItem"]
