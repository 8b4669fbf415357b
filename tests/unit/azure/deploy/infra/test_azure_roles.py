"""Whatever an app declares: no role is wide, each is given on one thing, and nothing of one stage is named in another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.azure.azure_infra import BUILT_IN, Configuration, blueprint, label, whole
from unit.tooling.infra.any_apps import apps

from portable.tooling.app.model import AppModel
from portable.tooling.infra.stage import Stage
from portable.tooling.target import Options
from portable_azure.deploy.infra.main import infrastructure

KNOWN = {
    "DocumentDB/databaseAccounts/readMetadata",
    "DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery",
    *(f"DocumentDB/databaseAccounts/sqlDatabases/containers/items/{verb}" for verb in ("create", "delete", "read")),
    *(f"DocumentDB/databaseAccounts/sqlDatabases/containers/items/{verb}" for verb in ("replace", "upsert")),
    "EventGrid/events/send/action",
    "EventHub/namespaces/messages/receive/action",
    "EventHub/namespaces/messages/send/action",
    "Insights/Metrics/Write",
    "Insights/Telemetry/Write",
    "KeyVault/vaults/secrets/delete",
    *(f"KeyVault/vaults/secrets/{verb}/action" for verb in ("getSecret", "setSecret", "readMetadata", "recover")),
    *(f"Storage/storageAccounts/blobServices/containers/blobs/{verb}" for verb in ("delete", "read", "write")),
    *(f"Storage/storageAccounts/queueServices/queues/messages/{verb}" for verb in ("read", "write")),
    *(f"Storage/storageAccounts/queueServices/queues/messages/{verb}/action" for verb in ("add", "process")),
}
"""Data actions that Azure has ("Azure permissions" by service, "Azure Cosmos DB for NoSQL data plane actions")."""
KNOWN_CONTROL = {
    "Storage/storageAccounts/blobServices/containers/write",
    "Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    "Storage/storageAccounts/queueServices/queues/read",
}
"""Actions of the control plane that a driver or the host needs, each on one container, queue or account."""
SCOPES = {
    "application_insights",
    "eventgrid_topic",
    "eventhub",
    "key_vault_secret",
    "storage_container",
    "storage_queue",
}
"""The smallest thing that Azure gives a role on, by kind."""


def made(model: AppModel, stage: str, apart: bool) -> Configuration:
    """Return the configuration of an app, with up to two isolated functions."""
    isolated = [one.name for one in model.functions if apart and one.trigger["kind"] != "http"][:2]
    found = blueprint(model, Options("3.12", "x86_64", {"isolate": isolated}))
    return Configuration(infrastructure(found, Stage(model.name, stage)).files())


@examples(40)
@given(apps(), st.booleans(), st.sampled_from(["dev", "prod"]))
def test_every_reference_leads_to_what_is_made_and_no_role_is_wide(model: AppModel, apart: bool, stage: str) -> None:
    """One search for three rules: to draw an app and to write its configuration is most of the work."""
    found = made(model, stage, apart)
    whole(found)
    a_role_holds_actions_that_azure_has_and_is_given_to_somebody(found)
    a_role_is_given_on_one_thing(found)


def a_role_holds_actions_that_azure_has_and_is_given_to_somebody(found: Configuration) -> None:
    for role in roles(found):
        [held] = role["permissions"]
        assert {name.removeprefix("Microsoft.") for name in held.get("data_actions", ())} <= KNOWN
        assert {name.removeprefix("Microsoft.") for name in held.get("actions", ())} <= KNOWN_CONTROL
        assert set(held) <= {"actions", "data_actions"}
    for kind in ("role", "cosmosdb_sql_role"):
        used = {
            label(one["role_definition_id"])
            for one in found.resources(f"{kind}_assignment").values()
            if "role_definition_id" in one
        }
        assert used == set(found.resources(f"{kind}_definition"))


def a_role_is_given_on_one_thing(found: Configuration) -> None:
    for name, one in found.resources("role_assignment").items():
        kind, _, of = re.sub(r"^\$\{azurerm_|\}$", "", one["scope"]).partition(".")
        role = one.get("role_definition_name", "")
        assert role in {"", *BUILT_IN}
        if role == "Storage Blob Data Owner":
            assert (kind, name) == ("storage_account", f"{of.partition('.')[0]}_host"), "its host's own account"
        elif role == "Storage Blob Delegator":
            assert (kind, of) == ("storage_account", "data_.id"), "a key that carries no right of its own"
        elif kind == "key_vault":
            assert name == "secrets_", "who writes secrets"
        else:
            assert kind in SCOPES, name
    for one in found.resources("cosmosdb_sql_role_assignment").values():
        assert re.search(r"/colls/\$\{azurerm_cosmosdb_sql_container\.[\w-]+\.name\}$", one["scope"])


@examples(25)
@given(apps())
def test_a_stage_names_nothing_of_another_one(model: AppModel) -> None:
    dev, other = made(model, "dev", False), made(model, "dev-eu", False)
    [group] = dev.resources("resource_group").values()
    assert group["name"] != other.one("resource_group", "stage")["name"]
    for found in (dev, other):
        assert "/subscriptions/" not in found.text, "everything is reached by a reference"
        assert set(found.main["data"]) == {"azurerm_client_config"}, "nothing is looked up"
    assert not set(shared(dev)) & set(shared(other))


def roles(found: Configuration) -> Iterator[dict[str, Any]]:
    """Yield the roles of a stage."""
    for kind in ("role_definition", "cosmosdb_sql_role_definition"):
        yield from found.resources(kind).values()


def shared(found: Configuration) -> Iterator[str]:
    """Yield the names that are unique in all of Azure; the digits at their end are of the stage."""
    unique = json.dumps(found.main["locals"]["unique"])
    for kind in (
        "storage_account",
        "function_app_flex_consumption",
        "eventgrid_topic",
        "key_vault",
        "cosmosdb_account",
    ):
        yield from (f"{kind} {one['name']} {unique}" for one in found.resources(kind).values())
