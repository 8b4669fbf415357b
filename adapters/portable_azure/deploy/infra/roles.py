"""Rights -> roles that hold exactly these, and their assignment to a principal on one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portable.tooling.infra.site import SITE, site_of
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.infra.access import Needed, needed
from portable_azure.deploy.infra.places import COSMOS, GROUP, UNIQUE, VAULT, AzurePlaces
from portable_azure.deploy.infra.rights import BUILT_IN, FILES_WRITTEN, HOST, SECRETS_WRITTEN, SENDS, Rights

_SCOPES = {
    "bucket": "azurerm_storage_container.{}.id",
    "queue": "azurerm_storage_queue.{}.id",
    "topic": "azurerm_eventgrid_topic.{}.id",
    "stream": "azurerm_eventhub.{}.id",
    "secret": "azurerm_key_vault_secret.{}.resource_versionless_id",
    "account": "azurerm_storage_account.{}.id",
    "vault": "azurerm_key_vault.{}.id",
    "insights": "azurerm_application_insights.{}.id",
}
APPLIES = reference("data.azurerm_client_config.here.object_id")
"""Who applies the configuration."""
WRITER = reference("coalesce(var.secret_writer, data.azurerm_client_config.here.object_id)")
"""Who may write secrets: a person, a group or the identity of a pipeline."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What each identity needs, and the roles for it: their addresses by kind of resource and rights."""

    document: Document
    needs: Mapping[str, Needed]
    defined: Mapping[tuple[str, Rights], str]

    def assign(self, label: str, principal: Expression, kind: str, name: str, rights: Rights) -> str:
        """Give rights on one resource to a principal, and return the address of the assignment."""
        built_in = BUILT_IN.get(rights)
        role = None if built_in else reference(f"{self.defined[kind, rights]}.role_definition_resource_id")
        return self.document.resource(
            "azurerm_role_assignment",
            label,
            scope=reference(_SCOPES[kind].format(name)),
            principal_id=principal,
            principal_type=None if principal in (APPLIES, WRITER) else "ServicePrincipal",
            role_definition_id=role,
            role_definition_name=built_in,
        )

    def fill(self, label: str, topic: str, queue: str) -> str:
        """Let the own identity of an Event Grid topic put events into one queue, and return the assignment's address."""
        return self.assign(label, reference(f"{topic}.identity[0].principal_id"), "queue", queue, SENDS)


def define(document: Document, places: AzurePlaces) -> Roles:
    """Add a role for each set of rights that no role of Azure's own holds exactly."""
    needs = {identity: needed(functions) for identity, functions in places.apps.items()}
    wanted = {(kind, rights) for found in needs.values() for (kind, _), rights in found.items()}
    if places.has("secret"):
        wanted.add(("vault", SECRETS_WRITTEN))
    if site_of(places.blueprint):
        wanted.add(("account", FILES_WRITTEN))
    defined = {}
    for kind, rights in sorted(wanted, key=lambda each: (each[0], _label(each[1]))):
        if rights not in BUILT_IN:
            define_one = _define_table_role if kind == "table" else _define_role
            defined[kind, rights] = define_one(document, places, kind, rights)
    return Roles(document, needs, defined)


def grant(roles: Roles, identity: str) -> list[str]:
    """Give the identity of a function app all that its functions need, and return the addresses of the assignments."""
    principal = reference(f"azurerm_user_assigned_identity.{identity}.principal_id")
    made = [
        roles.document.resource(
            "azurerm_role_assignment",
            f"{identity}_host",
            scope=reference(f"azurerm_storage_account.{identity}.id"),
            principal_id=principal,
            principal_type="ServicePrincipal",
            role_definition_name=HOST,
        )
    ]
    for (kind, name), rights in sorted(roles.needs[identity].items(), key=lambda each: each[0]):
        if kind == "table":
            made.append(_assign_table(roles, identity, principal, name, rights))
        else:
            made.append(roles.assign(f"{identity}_{kind}_{name}", principal, kind, name, rights))
    return made


def grant_writer(roles: Roles) -> str:
    """Let whoever applies the configuration write secrets, and return the address of the assignment."""
    return roles.assign(VAULT, WRITER, "vault", VAULT, SECRETS_WRITTEN)


def grant_files(roles: Roles) -> str:
    """Let whoever applies the configuration write the files of the site, and return the address of the assignment."""
    return roles.assign(SITE, APPLIES, "account", SITE, FILES_WRITTEN)


def _define_role(document: Document, places: AzurePlaces, kind: str, rights: Rights) -> str:
    group = reference("azurerm_resource_group.stage.id")
    label = f"{kind}_{_label(rights)}"
    return document.resource(
        "azurerm_role_definition",
        label,
        role_definition_id=role_id(f"{places.stage.prefix()}/{label}"),
        name=Expression(f"{places.stage.prefix()} {label} {UNIQUE}"),
        description=f"Exactly what {places.stage.app} needs of each {kind} in its stage {places.stage.name}.",
        scope=group,
        assignable_scopes=[group],
        permissions=[{"actions": sorted(rights.actions), "data_actions": sorted(rights.data)}],
    )


def role_id(name: str) -> Expression:
    """Return the id of a role of the stage. It follows from the name, so that who deploys may assign these roles and no others."""
    return Expression(f'${{uuidv5("url", "{name}/${{data.azurerm_client_config.here.subscription_id}}")}}')


def _define_table_role(document: Document, places: AzurePlaces, kind: str, rights: Rights) -> str:
    """Add a role of Cosmos DB, which has roles and assignments of its own."""
    return document.resource(
        "azurerm_cosmosdb_sql_role_definition",
        f"{kind}_{_label(rights)}",
        name=f"{places.stage.prefix()} {_label(rights)}",
        resource_group_name=GROUP,
        account_name=reference(f"azurerm_cosmosdb_account.{COSMOS}.name"),
        assignable_scopes=[reference(f"azurerm_cosmosdb_account.{COSMOS}.id")],
        permissions=[{"data_actions": sorted(rights.data)}],
    )


def _assign_table(roles: Roles, identity: str, principal: Expression, name: str, rights: Rights) -> str:
    account, database = f"azurerm_cosmosdb_account.{COSMOS}", f"azurerm_cosmosdb_sql_database.{COSMOS}"
    container = f"azurerm_cosmosdb_sql_container.{name}"
    return roles.document.resource(
        "azurerm_cosmosdb_sql_role_assignment",
        f"{identity}_{name}",
        resource_group_name=GROUP,
        account_name=reference(f"{account}.name"),
        role_definition_id=reference(f"{roles.defined['table', rights]}.id"),
        principal_id=principal,
        scope=Expression(f"${{{account}.id}}/dbs/${{{database}.name}}/colls/${{{container}.name}}"),
    )


def _label(rights: Rights) -> str:
    """Return the ends of the actions, such as blobs-read of Microsoft.Storage/…/blobs/read."""
    ends = (action.removesuffix("/action").split("/")[-2:] for action in rights.actions | rights.data)
    return "_".join(sorted("-".join(end) for end in ends))
