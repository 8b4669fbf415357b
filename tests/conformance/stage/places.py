"""A stage of the market on each cloud's servers: what its infrastructure would have made; what leads the drivers there, and the outputs, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from portable.persistence.shape import describe
from portable.tooling.dev.stored.rows import Rows, plain_table

SECRET = 'Tr0ub4dor&3 "<quoted>"'
QUEUES = ("jobs", "jobs-poison")
TABLES = ("notes", "sales")
Server = Callable[[str], Any]
Made = tuple[dict[str, str], dict[str, Any]]
"""The environment that leads to the servers, and the outputs of the deployment."""


def tables(app: Any) -> dict[str, dict[str, Any]]:
    """Return the tables of the app as infrastructure makes them."""
    return {name: describe(Rows(plain_table(app, name)[0]).plain) for name in TABLES}


@contextmanager
def aws(folder: Path, app: Any, server: Server) -> Iterator[Made]:
    import boto3

    from portable_aws.deploy.tables import create_table

    found = {**server("aws_server"), "AWS_REGION": "elsewhere-1"}
    there = {"endpoint_url": found["AWS_ENDPOINT_URL"], "region_name": "eu-central-1"}
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    clients = {name: boto3.client(name, **there, **keys) for name in ("s3", "sqs", "dynamodb", "ssm")}
    clients["s3"].create_bucket(Bucket="stage-files", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    urls = {name: clients["sqs"].create_queue(QueueName=f"stage-{name}")["QueueUrl"] for name in QUEUES}
    for name, table in tables(app).items():
        clients["dynamodb"].create_table(**create_table(f"stage-{name}", table))
    clients["ssm"].put_parameter(Name="/stage/key", Value=SECRET, Type="SecureString")
    yield (
        found,
        {
            "region": "eu-central-1",
            "buckets": {"files": "stage-files"},
            "queues": urls,
            "tables": {name: f"stage-{name}" for name in TABLES},
            "secrets": {"market-key": "/stage/key"},
        },
    )


@contextmanager
def azure(folder: Path, app: Any, server: Server) -> Iterator[Made]:
    from azure.core.credentials import AccessToken
    from azure.cosmos import PartitionKey
    from servers.azurite import create_container
    from servers.cosmosdb import KEY
    from servers.keyvault import TOKEN, keyvault

    from portable_azure.deploy.tables import container_shape
    from portable_azure.runtime.clients import AzureClients

    class Identity:
        def get_token(self, *scopes: str, **_: object) -> AccessToken:
            return AccessToken(TOKEN, 2**40)

    connection, url = server("azure_storage"), server("cosmosdb_url")
    with ExitStack() as stack:
        vault, certificate = stack.enter_context(keyvault(folder, {"market-key": SECRET}))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("azure.identity.DefaultAzureCredential", Identity)
        found = {
            "AzureWebJobsStorage": connection,
            "AZURE_COSMOS_KEY": KEY,
            "REQUESTS_CA_BUNDLE": str(certificate),
        }
        for name, value in found.items():
            patch.setenv(name, value)
        create_container(connection, "stage-files")
        clients = AzureClients(Identity())
        for name in QUEUES:
            clients.queue(f"stage-{name}").create_queue()
        database = clients.account(f"{url}/stage/any").create_database("stage")
        for name, table in tables(app).items():
            shape = container_shape(table)
            key = PartitionKey(shape["partition_key_paths"][0])
            database.create_container(name, key, indexing_policy=shape["indexing_policy"])
        yield (
            found,
            {
                "buckets": {"files": "stage-files"},
                "queues": {name: f"stage-{name}" for name in QUEUES},
                "tables": {name: f"{url}/stage/{name}" for name in TABLES},
                "secrets": {"market-key": f"{vault}/secrets/market-key"},
            },
        )


@contextmanager
def gcp(folder: Path, app: Any, server: Server) -> Iterator[Made]:
    from servers.gcs_xml import gcs_server
    from servers.secretmanager import secretmanager

    from portable_gcp.runtime.clients import GcpClients

    secret = "projects/stage/secrets/market-key"
    with ExitStack() as stack:
        found = {
            "FIRESTORE_EMULATOR_HOST": server("firestore_host"),
            "PUBSUB_EMULATOR_HOST": server("pubsub_host"),
            "SECRET_MANAGER_EMULATOR_HOST": stack.enter_context(
                secretmanager({f"{secret}/versions/latest": SECRET.encode()})
            ),
            "STORAGE_EMULATOR_HOST": stack.enter_context(gcs_server("stage-files")).url,
            "GOOGLE_CLOUD_PROJECT": "elsewhere",
        }
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("PUBSUB_EMULATOR_HOST", found["PUBSUB_EMULATOR_HOST"])
        clients = GcpClients()
        for name in QUEUES:
            named = {"name": f"projects/stage/subscriptions/{name}", "topic": f"projects/stage/topics/{name}"}
            clients.publisher().create_topic(name=named["topic"])
            clients.subscriber().create_subscription(request=named)
        yield (
            found,
            {
                "project": "stage",
                "region": "europe-west1",
                "buckets": {"files": "stage-files"},
                "queues": {name: f"projects/stage/topics/{name}" for name in QUEUES},
                "tables": {name: f"stage--tables/{name}" for name in TABLES},
                "secrets": {"market-key": secret},
            },
        )


PLACES = {"aws": aws, "azure": azure, "gcp": gcp}
