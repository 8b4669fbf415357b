"""An identity may do what its functions declared, on exactly these resources, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from unit.azure.azure_infra import OBJECT, STREAM, configuration, having, holding, queue, topic
from unit.azure.azure_models import http, made

from portable.tooling.app.model import Grant
from portable_azure.deploy.infra.rights import ABILITIES, Rights

PAGE = Path(__file__).parents[5] / "docs" / "security.md"
ME = "user_assigned_identity.App"
HOST = {"storage_account.App": {"*"}, "application_insights.monitoring_": {"Metrics/Write", "Telemetry/Write"}}
"""What the host of every function app needs: its own storage, and to write its telemetry."""
BLOBS, ROWS = "storageAccounts/blobServices/containers", "containers/items"
READ, WRITE, DELETE = f"{BLOBS}/blobs/read", f"{BLOBS}/blobs/write", f"{BLOBS}/blobs/delete"
QUERY, METADATA = "databaseAccounts/sqlDatabases/containers/executeQuery", "databaseAccounts/readMetadata"
EXPECTED: list[tuple[str, str, str, set[str]]] = [
    ("bucket", "get", "storage_container.it", {READ}),
    ("bucket", "list", "storage_container.it", {READ}),
    ("bucket", "put", "storage_container.it", {WRITE}),
    ("bucket", "delete", "storage_container.it", {DELETE, f"{BLOBS}/write"}),
    ("bucket", "sign", "storage_container.it", {READ, WRITE}),
    ("table", "get", "cosmosdb_sql_container.it", {METADATA, f"{ROWS}/read"}),
    ("table", "query", "cosmosdb_sql_container.it", {METADATA, QUERY}),
    ("table", "put", "cosmosdb_sql_container.it", {METADATA, *(f"{ROWS}/{a}" for a in ("read", "create", "replace", "upsert"))}),
    ("table", "update", "cosmosdb_sql_container.it", {METADATA, *(f"{ROWS}/{a}" for a in ("read", "create", "replace", "delete"))}),
    ("table", "delete", "cosmosdb_sql_container.it", {METADATA, f"{ROWS}/read", f"{ROWS}/delete"}),
    ("queue", "send", "storage_queue.it", {"queues/messages/add"}),
    ("queue", "count", "storage_queue.it", {"storageAccounts/queueServices/queues/read"}),
    ("queue", "peek", "storage_queue.it", {"queues/messages/read"}),
    ("topic", "publish", "eventgrid_topic.it", {"events/send"}),
    ("stream", "send", "eventhub.it", {"namespaces/messages/send"}),
    ("secret", "read", "key_vault_secret.it", {"vaults/secrets/getSecret"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "action", "where", "wanted"), EXPECTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_action_is_exactly_what_its_driver_calls_on_the_exact_resource(
    kind: str, action: str, where: str, wanted: set[str]
) -> None:
    found = configuration(holding((kind, "it", (action,)), (kind, "other", ()))).allowed(ME)
    key = (
        {"storage_account.data_": {"storageAccounts/blobServices/generateUserDelegationKey"}}
        if action == "sign"
        else {}
    )
    assert found == {**HOST, **key, where: wanted}


def test_the_test_knows_every_action_of_every_client() -> None:
    tested = {(kind, action) for kind, action, _, _ in EXPECTED} | {("queue", "redrive"), ("setting", "read")}
    assert tested == {(kind, action) for kind, actions in ABILITIES.items() for action in actions}


def test_a_setting_needs_no_permission() -> None:
    assert configuration(holding(("setting", "limit", ("read",)))).allowed(ME) == HOST


def test_redrive_takes_from_the_dead_letters_and_sends_to_their_queue() -> None:
    found = configuration(holding(("queue", "jobs-poison", ("count", "peek", "redrive")))).allowed(ME)
    assert found == {
        **HOST,
        "storage_queue.jobs-poison": {
            "storageAccounts/queueServices/queues/read",
            "queues/messages/read",
            "queues/messages/process",
        },
        "storage_queue.jobs": {"queues/messages/add"},
    }


FED = {
    "storageAccounts/queueServices/queues/read",
    *(f"queues/messages/{action}" for action in ("read", "process", "write")),
}


@pytest.mark.parametrize(
    ("function", "feed"),
    [
        (queue("work", "jobs"), "jobs"),
        (topic("work"), "work"),
        (made("work", OBJECT, dead_letter=True), "work"),
        (made("work", OBJECT, attempts=31), "work"),
    ],
    ids=["queue", "topic", "object with dead letters", "object with many attempts"],
)
def test_a_function_that_a_queue_feeds_takes_from_it_and_may_park_what_the_host_gave_up(
    function: Any, feed: str
) -> None:
    found = configuration(function).allowed(ME)
    assert found == {**HOST, f"storage_queue.{feed}": FED, f"storage_queue.{feed}-poison": {"queues/messages/add"}}


def test_a_function_of_a_stream_reads_its_hub() -> None:
    assert configuration(made("follow", STREAM)).allowed(ME) == {
        **HOST,
        "eventhub.clicks": {"namespaces/messages/receive"},
    }


@pytest.mark.parametrize("function", [http("web", "/x"), made("photo", OBJECT)], ids=["http", "object"])
def test_a_function_that_is_called_needs_nothing_for_it(function: Any) -> None:
    assert configuration(function).allowed(ME) == HOST


def test_a_topic_and_the_topic_of_objects_may_only_fill_the_queues_of_their_functions() -> None:
    found = configuration(topic("one"), topic("two"), queue("other"), made("photo", OBJECT, dead_letter=True))
    filled = {"queues/messages/add"}
    assert found.allowed("eventgrid_topic.news.identity") == {"storage_queue.one": filled, "storage_queue.two": filled}
    assert found.allowed("eventgrid_system_topic.objects_.identity") == {"storage_queue.photo": filled}


def test_an_isolated_function_has_an_identity_that_shares_nothing() -> None:
    reads, writes = Grant("box", "bucket", ("get",)), Grant("box", "bucket", ("put",))
    found = configuration(having(http("web", "/x"), (reads,)), queue("work", grants=(writes,)), isolate=["work"])
    assert found.allowed(ME) == {**HOST, "storage_container.box": {READ}}
    assert found.allowed("user_assigned_identity.work") == {
        "storage_account.work": {"*"},
        "application_insights.monitoring_": HOST["application_insights.monitoring_"],
        "storage_container.box": {WRITE},
        "storage_queue.jobs": FED,
        "storage_queue.jobs-poison": {"queues/messages/add"},
    }


def test_whoever_applies_writes_secrets_of_this_vault_and_nothing_else() -> None:
    found = configuration(holding(("secret", "token", ("read",))))
    given = found.one("role_assignment", "secrets_")
    assert "principal_type" not in given, "it may be a person or a pipeline"
    assert given["principal_id"] == "${coalesce(var.secret_writer, data.azurerm_client_config.here.object_id)}"
    assert given["scope"] == "${azurerm_key_vault.secrets_.id}"


def test_the_page_says_what_the_map_says() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)`: `(\w+)` \| ([^|]+?) \|", PAGE.read_text(encoding="utf-8"))
    told = {(kind, action): set(re.findall(r"`([^`]+)`", text)) for kind, action, text in rows}
    assert told == {
        (kind, action): {name.removeprefix("Microsoft.") for name in rights.actions | rights.data}
        for kind, actions in ABILITIES.items()
        for action, rights in actions.items()
        if rights != Rights()
    }
