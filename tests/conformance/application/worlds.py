"""The six sets of drivers an app runs on: a folder, an app and the servers that are shared in, a `World` out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hosts.application import World

from portable.eventing.queue import Queue
from portable.persistence.shape import describe
from portable.testing.app import App
from portable.tooling.app.kinds.registry import feed as feed_name

SECRET = "sk-test"

Server = Callable[[str], Any]
"""Where a server is: the name of its fixture in, its address out."""


def found(app: App, kind: str) -> list[Any]:
    """Return the app's resources of a kind."""
    return [resource for (of, _), resource in app.resources.items() if of == kind]


def queues(app: App) -> list[Queue]:
    """Return the queues that must exist: the app's, their dead letters, and one for each function a topic feeds."""
    listeners = [f.name for f in app.model.functions if f.trigger["kind"] == "topic"]
    plain = {queue.name: queue for queue in found(app, "queue")}
    dead = [queue.dead_letters for name, queue in plain.items() if not name.endswith("-poison")]
    return list({queue.name: queue for queue in (*plain.values(), *dead, *map(Queue, listeners))}.values())


@contextmanager
def memory(folder: Path, app: App, patch: pytest.MonkeyPatch, server: Server) -> Iterator[World]:
    from portable.eventing.memory import MemoryQueue, MemoryTopic
    from portable.persistence.memory import MemoryTable

    made = {queue.name: MemoryQueue(queue) for queue in queues(app)}

    def topic(declared: Any) -> MemoryTopic:
        opened = MemoryTopic(declared)
        for function in app.model.functions:
            if function.trigger["kind"] == "topic":
                opened.subscribe(made[function.name])
        return opened

    yield World(
        "memory",
        MemoryTable,
        lambda queue: made[queue.name],
        topic,
        lambda function: made[feed_name(function)],
        lambda name: SECRET,
        again=0.05,
        patience=0.1,
    )


@contextmanager
def local(folder: Path, app: App, patch: pytest.MonkeyPatch, server: Server) -> Iterator[World]:
    from portable_local.runtime.eventing import queue_driver, topic_driver
    from portable_local.runtime.persistence import table_driver

    tables, messages = str(folder / "tables.sqlite"), str(folder / "messages.sqlite")
    for topic in found(app, "topic"):
        for function in app.model.functions:
            if function.trigger["kind"] == "topic":
                topic_driver(topic, messages).subscribe(function.name)
    yield World(
        "local",
        lambda table: table_driver(table, tables),
        lambda queue: queue_driver(queue, messages),
        lambda topic: topic_driver(topic, messages),
        lambda function: queue_driver(Queue(feed_name(function)), messages),
        lambda name: SECRET,
        again=0.05,
        patience=0.1,
    )


@contextmanager
def container(folder: Path, app: App, patch: pytest.MonkeyPatch, server: Server) -> Iterator[World]:
    """Tables in PostgreSQL; what carries messages is still that of this machine."""
    pytest.importorskip("psycopg", reason='psycopg is not installed: pip install "portable-functions[container]"')
    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.persistence import table_driver
    from portable_container.runtime.schema import migrate
    from portable_container.runtime.schema_database import Database

    postgres = Postgres(server("postgresql").uri)
    migrate(postgres, Database("orders_dev", tuple(describe(table) for table in found(app, "table"))))
    with local(folder, app, patch, server) as world:
        yield world._replace(
            name="container", table=lambda table: table_driver(table, f"orders_dev.{table.name}", postgres)
        )
    postgres.close()


@contextmanager
def aws(folder: Path, app: App, patch: pytest.MonkeyPatch, server: Server) -> Iterator[World]:
    pytest.importorskip("boto3", reason='boto3 is not installed: pip install "portable-functions[aws]"')
    from portable_aws.deploy.tables import create_table
    from portable_aws.runtime.clients import AwsClient
    from portable_aws.runtime.eventing import queue_driver, topic_driver
    from portable_aws.runtime.persistence import table_driver
    from portable_aws.runtime.settings import secret_reader

    for name, value in server("aws_server").items():
        patch.setenv(name, value)
    dynamo, sqs, sns, ssm = AwsClient("dynamodb"), AwsClient("sqs"), AwsClient("sns"), AwsClient("ssm")
    for table in found(app, "table"):
        dynamo.get().create_table(**create_table(f"app-{table.name}", describe(table)))
    urls = {queue.name: sqs.get().create_queue(QueueName=queue.name)["QueueUrl"] for queue in queues(app)}
    topics = {topic.name: sns.get().create_topic(Name=topic.name)["TopicArn"] for topic in found(app, "topic")}
    for function in app.model.functions:
        if function.trigger["kind"] == "topic":
            asked = {"QueueUrl": urls[function.name], "AttributeNames": ["QueueArn"]}
            arn = sqs.get().get_queue_attributes(**asked)["Attributes"]["QueueArn"]
            raw = {"RawMessageDelivery": "true"}
            where = topics[function.trigger["topic"]]
            sns.get().subscribe(TopicArn=where, Protocol="sqs", Endpoint=arn, Attributes=raw)
    ssm.get().put_parameter(Name="/orders/payment-key", Value=SECRET, Type="SecureString")
    read = secret_reader(ssm)
    yield World(
        "aws",
        lambda table: table_driver(table, f"app-{table.name}", dynamo),
        lambda queue: queue_driver(queue, urls[queue.name], sqs, poll=0),
        lambda topic: topic_driver(topic, topics[topic.name], sns),
        lambda function: queue_driver(Queue(feed_name(function)), urls[feed_name(function)], sqs, poll=0),
        lambda name: read(f"/orders/{name}"),
        patience=0.5,
    )


@contextmanager
def azure(folder: Path, app: App, patch: pytest.MonkeyPatch, server: Server) -> Iterator[World]:
    for module in ("azure.cosmos", "azure.storage.queue", "azure.eventgrid", "azure.keyvault.secrets"):
        pytest.importorskip(module, reason=f'{module} is not installed: pip install "portable-functions[azure]"')
    from azure.core.credentials import AccessToken
    from azure.cosmos import PartitionKey
    from servers.cosmosdb import KEY
    from servers.eventgrid import KEY as GRID_KEY
    from servers.eventgrid import eventgrid
    from servers.keyvault import TOKEN, keyvault

    from portable_azure.deploy.tables import container_shape
    from portable_azure.runtime.clients import AzureClients
    from portable_azure.runtime.eventing import StorageQueue, queue_driver, topic_driver
    from portable_azure.runtime.persistence import table_driver
    from portable_azure.runtime.settings import secret_reader

    class Identity:
        def get_token(self, *scopes: str, **_: object) -> AccessToken:
            return AccessToken(TOKEN, 2**40)

    listeners = [f.name for f in app.model.functions if f.trigger["kind"] == "topic"]

    def deliver(text: str) -> None:
        for name in listeners:
            clients.queue(name).send_message(text)

    with ExitStack() as stack:
        connection, url = server("azure_storage"), server("cosmosdb_url")
        grid = stack.enter_context(eventgrid(deliver))
        vault, certificate = stack.enter_context(keyvault(folder, {"payment-key": SECRET}))
        patch.setenv("AzureWebJobsStorage", connection)
        patch.setenv("AZURE_COSMOS_KEY", KEY)
        patch.setenv("AZURE_EVENTGRID_KEY", GRID_KEY)
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        clients = cosmos = AzureClients(Identity())
        for queue in queues(app):
            clients.queue(queue.name).create_queue()
        database = cosmos.account(f"{url}/orders/any").create_database("orders")
        for table in found(app, "table"):
            shape = container_shape(describe(table))
            key = PartitionKey(shape["partition_key_paths"][0])
            policy, life = shape["indexing_policy"], shape["default_ttl"]
            database.create_container(table.name, key, indexing_policy=policy, default_ttl=life)
        read = secret_reader(clients)
        yield World(
            "azure",
            lambda table: table_driver(table, f"{url}/orders/{table.name}", cosmos),
            lambda queue: queue_driver(queue, queue.name, clients),
            lambda topic: topic_driver(topic, grid, clients),
            lambda function: StorageQueue(
                Queue(feed_name(function)), feed_name(function), clients, fed=function.name in listeners
            ),
            lambda name: read(f"{vault}/secrets/{name}"),
            patience=0.5,
        )


@contextmanager
def gcp(folder: Path, app: App, patch: pytest.MonkeyPatch, server: Server) -> Iterator[World]:
    for module in ("google.pubsub_v1", "google.cloud.firestore", "google.cloud.secretmanager"):
        pytest.importorskip(module, reason=f'{module} is not installed: pip install "portable-functions[gcp]"')
    from servers.secretmanager import secretmanager

    from portable_gcp.runtime.clients import GcpClients
    from portable_gcp.runtime.eventing import queue_driver, topic_driver
    from portable_gcp.runtime.persistence import table_driver
    from portable_gcp.runtime.settings import secret_reader

    secret = "projects/p/secrets/payment-key"
    with ExitStack() as stack:
        patch.setenv("FIRESTORE_EMULATOR_HOST", server("firestore_host"))
        patch.setenv("PUBSUB_EMULATOR_HOST", server("pubsub_host"))
        served = stack.enter_context(secretmanager({f"{secret}/versions/latest": SECRET.encode()}))
        patch.setenv("SECRET_MANAGER_EMULATOR_HOST", served)
        clients = tables = GcpClients()
        fed = {f.name: f.trigger["topic"] for f in app.model.functions if f.trigger["kind"] == "topic"}
        names = [queue.name for queue in queues(app) if queue.name not in fed]
        names += [topic.name for topic in found(app, "topic")]
        for name in ("net", *names):
            clients.publisher().create_topic(name=f"projects/p/topics/{name}")
        for subscription, topic in [*((name, name) for name in names if name not in fed.values()), *fed.items()]:
            clients.subscriber().create_subscription(
                request={
                    "name": f"projects/p/subscriptions/{subscription}",
                    "topic": f"projects/p/topics/{topic}",
                    "ack_deadline_seconds": 10,
                    "dead_letter_policy": {"dead_letter_topic": "projects/p/topics/net", "max_delivery_attempts": 100},
                }
            )
        read: Callable[[str], str] = secret_reader()
        yield World(
            "gcp",
            lambda table: table_driver(table, table.name, tables),
            lambda queue: queue_driver(queue, f"projects/p/topics/{queue.name}", clients, poll=0.3),
            lambda topic: topic_driver(topic, f"projects/p/topics/{topic.name}", clients),
            lambda function: queue_driver(
                Queue(feed_name(function)), f"projects/p/topics/{feed_name(function)}", clients, poll=0.3
            ),
            lambda name: read(f"projects/p/secrets/{name}"),
            again=1.5,
            patience=2.0,  # the emulator looks every so often for what is due again
        )


WORLDS = {"memory": memory, "local": local, "container": container, "aws": aws, "azure": azure, "gcp": gcp}
