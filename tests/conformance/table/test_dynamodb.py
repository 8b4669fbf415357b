from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.install import python_tool
from servers.process import free_port, running

from portable.conformance.table import TABLES, Store, TableSuite
from portable.persistence.shape import describe
from portable_aws.deploy.tables import create_table
from portable_aws.runtime.persistence import DynamoClient, table_driver

LACKS = {"wide sums": "ministack 1.5.33 adds numbers in 28 digits, DynamoDB in 38"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    tool = python_tool("ministack", "ministack==1.5.33", "boto3")
    port, log = free_port(), tmp_path_factory.mktemp("ministack") / "log"
    environment = {"BIND_HOST": "127.0.0.1", "SFTP_ENABLED": "0", "GATEWAY_PORT": str(port)}
    with running([Path(tool) / "bin" / "ministack"], port, log, environment), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        client = DynamoClient()
        for table in TABLES:
            client.get().create_table(**create_table(f"app-{table.name}", describe(table)))
        yield Store(open=lambda table: table_driver(table, f"app-{table.name}", client), lacks=LACKS, examples=15)


class TestDynamoDB(TableSuite):
    pass
