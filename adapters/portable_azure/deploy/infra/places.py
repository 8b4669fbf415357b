"""What everything of an app is called in a stage on Azure, and where it is: names, addresses, identities.

A stage has a resource group of its own, so most names in it are those that the app declares. Only what all of Azure
shares has the app, the stage and a hash of the subscription in its name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from portable.eventing.queue import POISON
from portable.tooling.grouping import grouped
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import Places
from portable.tooling.infra.stage import shortened
from portable.tooling.infra.terraform import Expression, reference

UNIQUE = reference("local.unique")
"""8 hexadecimal digits of the subscription, the app and the stage."""
_UNIQUE_DIGITS = 8
GROUP = reference("azurerm_resource_group.stage.name")
REGION = reference("azurerm_resource_group.stage.location")
TAGS = reference("local.tags")
"""The app, the stage and the version."""
DATA = "data_"
"""The label of the storage account of all buckets and queues. No name of an app has a _."""
VAULT = "secrets_"
COSMOS = "tables_"
HUBS = "streams_"
MONITORING = "monitoring_"
SITE_LIMIT = 32
"""The host makes its own id of the first 32 characters of a function app's name, and two must never be the same
(Azure/azure-functions-host wiki, "Host IDs")."""
_STORAGE_LIMIT = 24
_GROUP_LIMIT = 90


@dataclass(frozen=True)
class AzurePlaces(Places):
    """The names of one app in one stage. Limits: Azure Resource Manager, "naming rules and restrictions"."""

    @cached_property
    def apps(self) -> dict[str, tuple[DeployedFunction, ...]]:
        """The function apps: the functions of each identity, by identity. The identity is the label of all that is its own."""
        together = grouped((function.identity, function) for function in self.blueprint.functions)
        return {identity: tuple(functions) for identity, functions in together.items()}

    @cached_property
    def feeds(self) -> dict[str, DeployedFunction]:
        """The functions that a storage queue feeds, by the queue."""
        return {
            function.feed: function
            for function in self.blueprint.functions
            if function.feed is not None and function.details["type"] == "queueTrigger"
        }

    @cached_property
    def storage_queues(self) -> tuple[str, ...]:
        """Every storage queue that the app needs, those that feed functions too.

        The host moves a message that it gave up to `<queue>-poison`, so each queue that feeds a function has one.
        """
        return tuple(sorted(self.queues() | {*self.feeds} | {f"{name}{POISON}" for name in self.feeds}))

    @property
    def holds_data(self) -> bool:
        """Say whether the app needs the storage account of buckets and queues."""
        return bool(self.storage_queues) or self.has("bucket")

    def is_shared(self, identity: str) -> bool:
        """Say whether an identity is that of several functions: it is then no function's name."""
        return identity not in self.functions

    def has(self, kind: str) -> bool:
        """Say whether the app declares a resource of a kind."""
        return any(resource.kind == kind for resource in self.blueprint.resources)

    @property
    def group(self) -> str:
        """The name of the resource group, which holds the whole stage."""
        return shortened(self.stage.prefix(), _GROUP_LIMIT)

    @property
    def insights(self) -> str:
        """The name of the Application Insights of the stage."""
        return self.stage.called("insights")

    def app(self, identity: str) -> Expression:
        """Return the name of a function app, which all of Azure shares."""
        limit = SITE_LIMIT - 1 - _UNIQUE_DIGITS
        prefix = self.stage.prefix()
        name = shortened(prefix, limit) if self.is_shared(identity) else self.stage.called(identity, limit)
        return Expression(f"{name}-{UNIQUE}")

    def host_account(self, identity: str) -> Expression:
        """Return the name of the storage account that only one function app's host uses."""
        return self._account("host" if self.is_shared(identity) else _digest(identity))

    def data_account(self) -> Expression:
        """Return the name of the storage account of buckets and queues."""
        return self._account("data")

    def site_account(self) -> Expression:
        """Return the name of the storage account of a site's files."""
        return self._account("site")

    def _account(self, purpose: str) -> Expression:
        """Return a name of at most 24 lower-case letters and digits, which all of Azure shares."""
        compact = self._compact(_STORAGE_LIMIT - len(purpose) - _UNIQUE_DIGITS)
        return Expression(f"{compact}{purpose}{UNIQUE}")

    def vault(self) -> Expression:
        """Return the name of the Key Vault: at most 24 letters and digits, which all of Azure shares."""
        return Expression(f"{self._compact(_STORAGE_LIMIT - 2 - _UNIQUE_DIGITS)}kv{UNIQUE}")

    def _compact(self, limit: int) -> str:
        return f"{self.stage.app}{self.stage.name}".replace("-", "")[:limit]

    def shared_name(self, limit: int, name: str = "") -> Expression:
        """Return a name of at most `limit` letters, digits and -, which all of Azure shares: of the app, or of `name` in it."""
        room = limit - 1 - _UNIQUE_DIGITS
        found = self.stage.called(lawful(name), room) if name else shortened(self.stage.prefix(), room)
        return Expression(f"{found}-{UNIQUE}")

    def bucket(self, name: str) -> str:
        """Return the name of a blob container."""
        return lawful(name)

    def queue(self, name: str) -> str:
        """Return the name of a storage queue. The host finds the poison queue of another one by its name."""
        source = name
        while source.endswith(POISON):
            source = source.removesuffix(POISON)
        return f"{lawful(source)}{name[len(source) :]}"

    def address(self, kind: str, name: str) -> Expression:
        """Return what the runtime is told of a resource, in the variable of its kind and name."""
        account = f"azurerm_storage_account.{DATA}"
        made = {
            "bucket": f"${{{account}.primary_blob_endpoint}}${{azurerm_storage_container.{name}.name}}",
            "queue": f"${{{account}.primary_queue_endpoint}}${{azurerm_storage_queue.{name}.name}}",
            "table": f"${{azurerm_cosmosdb_account.{COSMOS}.endpoint}}"
            f"${{azurerm_cosmosdb_sql_database.{COSMOS}.name}}/${{azurerm_cosmosdb_sql_container.{name}.name}}",
            "topic": f"${{azurerm_eventgrid_topic.{name}.endpoint}}",
            "stream": f"{self.hubs_host()}/${{azurerm_eventhub.{name}.name}}",
            "secret": f"${{azurerm_key_vault_secret.{name}.versionless_id}}",
            "setting": f"${{var.setting_{name}}}",
        }
        return Expression(made[kind])

    def hubs_host(self) -> Expression:
        """Return the host name of the namespace of the streams."""
        return Expression(f"${{azurerm_eventhub_namespace.{HUBS}.name}}.servicebus.windows.net")

    def host_settings(self, identity: str) -> dict[str, Expression | str]:
        """Return the settings by which the host of a function app finds what feeds its functions, and signs in there.

        Every app has those of all functions: it has the code of all, and the host resolves the names of each.
        """
        client = reference(f"azurerm_user_assigned_identity.{identity}.client_id")
        signed = {"__credential": "managedidentity", "__clientId": client}
        found: dict[str, Expression | str] = {}
        for function in self.blueprint.functions:
            details = function.details
            if details["type"] == "queueTrigger":
                found[details["setting"]] = reference(f"azurerm_storage_queue.{function.feed}.name")
            elif details["type"] == "eventHubTrigger":
                found[details["setting"]] = reference(f"azurerm_eventhub.{function.trigger['stream']}.name")
                found[details["consumer_group"]] = reference(f"azurerm_eventhub_consumer_group.{function.name}.name")
                hub = {"__fullyQualifiedNamespace": self.hubs_host(), **signed}
                found |= {f"{details['connection']}{name}": value for name, value in hub.items()}
        storage = {
            "__blobServiceUri": reference(f"azurerm_storage_account.{identity}.primary_blob_endpoint"),
            **signed,
        }
        if self.holds_data:
            storage["__queueServiceUri"] = reference(f"azurerm_storage_account.{DATA}.primary_queue_endpoint")
        return found | {f"AzureWebJobsStorage{name}": value for name, value in storage.items()}


def lawful(name: str) -> str:
    """Return a name for what Azure calls only so: 3 characters or more, no -- and no - at the end.

    A name that is changed gets a hash, so that no two become one.
    """
    parts = [part for part in name.split("-") if part]
    if len(name) >= 3 and "-".join(parts) == name:
        return name
    return f"{'-'.join(parts)}-{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
