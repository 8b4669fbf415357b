"""Event Hubs: one namespace for the app in a stage, a hub for each stream, a consumer group for each function."""

from __future__ import annotations

from portable.tooling.infra.terraform import Document, reference
from portable_azure.deploy.infra.monitoring import metric_alert
from portable_azure.deploy.infra.places import GROUP, HUBS, REGION, TAGS, AzurePlaces, lawful

PARTITIONS = 4
"""Partitions of a hub, each of which one instance reads at a time. They cannot be changed later in this tier."""


def streams(document: Document, places: AzurePlaces) -> None:
    """Add the namespace and the streams. Standard is the least tier with a consumer group for each function."""
    found = [resource.name for resource in places.blueprint.resources if resource.kind == "stream"]
    if not found:
        return
    namespace = document.resource(
        "azurerm_eventhub_namespace",
        HUBS,
        name=places.shared_name(50),
        resource_group_name=GROUP,
        location=REGION,
        sku="Standard",
        capacity=1,
        auto_inflate_enabled=True,
        maximum_throughput_units=reference("var.stream_throughput_units"),
        local_authentication_enabled=False,
        minimum_tls_version="1.2",
        tags=TAGS,
    )
    for name in found:
        hub = document.resource(
            "azurerm_eventhub",
            name,
            name=lawful(name),
            namespace_id=reference(f"{namespace}.id"),
            partition_count=PARTITIONS,
            retention_description={
                "cleanup_policy": "Delete",
                "retention_time_in_hours": reference("var.stream_retention_hours"),
            },
        )
        for function in places.triggered("stream", name):
            document.resource(
                "azurerm_eventhub_consumer_group",
                function.name,
                name=lawful(function.name),
                resource_group_name=GROUP,
                namespace_name=reference(f"{namespace}.name"),
                eventhub_name=reference(f"{hub}.name"),
            )
    hubs = "Microsoft.EventHub/namespaces"
    metric_alert(document, f"{HUBS}throttled", reference(f"{namespace}.id"), hubs, "ThrottledRequests")
