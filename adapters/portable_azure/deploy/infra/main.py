"""A Blueprint and a stage -> the Terraform configuration of the app on Azure."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.deploying import PUBLISHED
from portable.tooling.infra.domains import domain_rows
from portable.tooling.infra.places import outputs_document, variables_document
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, Expression, reference
from portable.tooling.infra.terraform_files import TerraformFiles
from portable_azure.deploy.gateway import gated
from portable_azure.deploy.infra.apps import apps
from portable_azure.deploy.infra.domain import certificate_rows, domain
from portable_azure.deploy.infra.gateway import gateway
from portable_azure.deploy.infra.monitoring import monitoring
from portable_azure.deploy.infra.places import TAGS, AzurePlaces
from portable_azure.deploy.infra.roles import define
from portable_azure.deploy.infra.secrets import secrets
from portable_azure.deploy.infra.site import site
from portable_azure.deploy.infra.storage import data
from portable_azure.deploy.infra.streams import streams
from portable_azure.deploy.infra.tables import tables
from portable_azure.deploy.infra.topics import objects, topics

PROVIDER = ">= 5.10, < 6.0"
_SERVICES = {
    "table": "DocumentDB",
    "topic": "EventGrid",
    "bucket": "EventGrid",
    "stream": "EventHub",
    "secret": "KeyVault",
}
"""The resource provider of each kind of resource, besides those that every app needs."""
_ALWAYS = ("AlertsManagement", "Insights", "ManagedIdentity", "OperationalInsights", "Storage", "Web")


def infrastructure(blueprint: Blueprint, stage: Stage) -> TerraformFiles:
    """Return the configuration: everything the app declares, and nothing else."""
    places = AzurePlaces(blueprint, stage)
    main = Document()
    _settle(main, places)
    monitoring(main, places)
    roles = define(main, places)
    data(main, places)
    tables(main, places)
    secrets(main, places, roles)
    streams(main, places)
    topics(main, places, roles)
    objects(main, places, roles)
    url = apps(main, places, roles)
    first = gated(places.blueprint)
    if first is not None:
        url = gateway(main, places, first)
    files = site(main, places, roles)
    replication = ("replication", "string", "ZRS" if stage.keeps_data else "LRS", _REPLICATION)
    rows = (*_VARIABLES, replication, *domain_rows(places, proven=True), *certificate_rows(places))
    named = _named(places, url) | {"domain": domain(main, places), "site": files}
    outputs = outputs_document(main, places, named, places.storage_queues)
    return TerraformFiles(main, variables_document(rows, places), outputs)


def _settle(document: Document, places: AzurePlaces) -> None:
    """Add what every configuration has: versions, the provider, the resource group, and what makes names unique."""
    kinds = {resource.kind for resource in places.blueprint.resources}
    services = sorted({*_ALWAYS, *(_SERVICES[kind] for kind in kinds & _SERVICES.keys())})
    fronted = gated(places.blueprint) is not None
    if fronted:
        services = sorted((*services, "ApiManagement"))
    document.provider(
        "azurerm",
        PROVIDER,
        subscription_id=reference("var.subscription_id"),
        storage_use_azuread=True,
        resource_provider_registrations="none",
        resource_providers_to_register=[f"Microsoft.{service}" for service in services],
        features={
            "key_vault": {
                "purge_soft_delete_on_destroy": not places.stage.keeps_data,
                "purge_soft_deleted_secrets_on_destroy": False,
            },
            # a deleted gateway is not purged, which is a right on the subscription
            **({"api_management": {"purge_soft_delete_on_destroy": False}} if fronted else {}),
            "template_deployment": {"delete_nested_items_during_deletion": False},
        },
    )
    document.data("azurerm_client_config", "here")
    document.resource(
        "azurerm_resource_group",
        "stage",
        name=places.group,
        location=reference("var.region"),
        tags=TAGS,
    )
    whole = f"${{data.azurerm_client_config.here.subscription_id}}/{places.stage.app}/{places.stage.name}"
    document.top(
        "locals",
        unique=reference(f'substr(sha256("{whole}"), 0, 8)'),
        tags={"app": places.stage.app, "stage": places.stage.name, "version": places.blueprint.release()},
    )


_VARIABLES = (
    ("region", "string", ..., "The region of everything, such as westeurope. Flex Consumption must be there."),
    ("subscription_id", "string", None, "The subscription of everything; ARM_SUBSCRIPTION_ID where it is not given."),
    (
        PUBLISHED,
        "bool",
        True,
        "Whether the code is there: Event Grid calls only functions that are. False for the first apply of a stage.",
    ),
    ("log_retention_days", "number", 365, "How long logs are kept, 30 to 730 days."),
    ("alarm_email", "string", "", "Who is told of alarms; nobody where it is empty."),
    ("maximum_instances", "number", 100, "The most instances of a function app, 1 to 1,000."),
    (
        "secret_writer",
        "string",
        None,
        "The object id of who may write secrets; who applies this where it is not given.",
    ),
    ("stream_retention_hours", "number", 24, "How long records of streams are kept, 1 to 168 hours."),
    ("stream_throughput_units", "number", 4, "The most throughput units of the streams, 1 to 40."),
)
_REPLICATION = (
    "Where objects and messages are kept: LRS one place, ZRS three zones, GRS and GZRS another region as well."
)


def _named(places: AzurePlaces, url: Expression | None) -> dict[str, Any]:
    """Return the base URL, the place of everything, and what runs each function."""
    site = "azurerm_function_app_flex_consumption.{}.name"
    functions = places.blueprint.functions
    return {
        "url": url,
        "subscription": reference("data.azurerm_client_config.here.subscription_id"),
        "resource_group": reference("azurerm_resource_group.stage.name"),
        "apps": {identity: reference(site.format(identity)) for identity in places.apps},
        "functions": {function.name: reference(site.format(function.identity)) for function in functions},
    }
