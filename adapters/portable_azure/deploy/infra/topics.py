"""Event Grid: topics and what they fill, the events of buckets, and the calls of functions that ask for no queue."""

from __future__ import annotations

from typing import Any

from portable.eventing.envelope import as_event
from portable.eventing.outgoing import Outgoing
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.facts import FACTS
from portable_azure.deploy.infra.monitoring import metric_alert
from portable_azure.deploy.infra.places import DATA, GROUP, REGION, TAGS, AzurePlaces, lawful
from portable_azure.deploy.infra.roles import Roles

OBJECTS = "objects_"
"""The label of the topic of the events of all buckets."""
SCHEMA = "CloudEventSchemaV1_0"
ATTEMPTS = FACTS.most("attempts.object")
DAY_MINUTES = 1440
"""How long Event Grid tries to deliver an event, in minutes: the most."""
KEPT_SECONDS = 14 * 24 * 3600
"""The life of a message that a topic puts into a queue, as of those that functions send."""
LONGEST_VALUE = 512
"""Characters of the value of a filter (Event Grid "event filtering", limitations)."""
_TYPES = {"created": "Microsoft.Storage.BlobCreated", "deleted": "Microsoft.Storage.BlobDeleted"}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
"""Characters that are the same in a subject, whether it is percent-encoded or not."""


def topics(document: Document, places: AzurePlaces, roles: Roles) -> None:
    """Add the topics. Each fills the queues of its functions, signed in as itself."""
    for resource in places.blueprint.resources:
        if resource.kind != "topic":
            continue
        name = resource.name
        topic = document.resource(
            "azurerm_eventgrid_topic",
            name,
            name=places.shared_name(50, name),
            resource_group_name=GROUP,
            location=REGION,
            input_schema=SCHEMA,
            local_auth_enabled=False,
            minimum_tls_version="1.2",
            identity={"type": "SystemAssigned"},
            tags=TAGS,
        )
        metric_alert(document, f"{name}_lost", reference(f"{topic}.id"), "Microsoft.EventGrid/topics", LOST)
        for function in places.triggered("topic", name):
            document.resource(
                "azurerm_eventgrid_event_subscription",
                function.name,
                name=places.stage.called(lawful(function.name)),
                scope=reference(f"{topic}.id"),
                event_delivery_schema=SCHEMA,
                advanced_filter=_attributes(function),
                retry_policy=_tries(ATTEMPTS),
                **_filling(function, roles, topic),
            )


def objects(document: Document, places: AzurePlaces, roles: Roles) -> None:
    """Add what tells functions of objects. Event Grid calls a function itself, or fills its queue."""
    found = [function for function in places.blueprint.functions if function.trigger["kind"] == "object"]
    if not found:
        return
    topic = document.resource(
        "azurerm_eventgrid_system_topic",
        OBJECTS,
        name=places.stage.called("objects", 50),
        resource_group_name=GROUP,
        location=REGION,
        source_resource_id=reference(f"azurerm_storage_account.{DATA}.id"),
        topic_type="Microsoft.Storage.StorageAccounts",
        identity={"type": "SystemAssigned"},
        tags=TAGS,
    )
    metric_alert(document, f"{OBJECTS}_lost", reference(f"{topic}.id"), "Microsoft.EventGrid/systemTopics", LOST)
    for function in found:
        direct = function.details["type"] == "eventGridTrigger"
        document.resource(
            "azurerm_eventgrid_system_topic_event_subscription",
            function.name,
            name=places.stage.called(lawful(function.name)),
            system_topic=reference(f"{topic}.name"),
            resource_group_name=GROUP,
            event_delivery_schema=SCHEMA,
            included_event_types=[_TYPES[function.trigger["event"]]],
            subject_filter=_keys(function, places),
            retry_policy=_tries(function.details["attempts"] if direct else ATTEMPTS),
            **(_calling(function) if direct else _filling(function, roles, topic)),
        )


LOST = "DroppedEventCount"


def _filling(function: DeployedFunction, roles: Roles, topic: str) -> dict[str, Any]:
    """Return what sends events to the queue of a function, and let the topic do so."""
    assert function.feed is not None
    return {
        "storage_queue_endpoint": {
            "storage_account_id": reference(f"azurerm_storage_account.{DATA}.id"),
            "queue_name": reference(f"azurerm_storage_queue.{function.feed}.name"),
            "queue_message_time_to_live_in_seconds": KEPT_SECONDS,
        },
        "delivery_identity": {"type": "SystemAssigned"},
        "depends_on": [roles.fill(f"{function.name}_filled", topic, function.feed)],
    }


def _calling(function: DeployedFunction) -> dict[str, Any]:
    """Return what calls a function. Event Grid wants it to be there: only when the code is published."""
    app = f"azurerm_function_app_flex_consumption.{function.identity}"
    return {
        "count": reference("var.published ? 1 : 0"),
        "depends_on": [f"azurerm_resource_group_template_deployment.{function.identity}"],
        "azure_function_endpoint": {
            "function_id": Expression(f"${{{app}.id}}/functions/{function.name}"),
            "max_events_per_batch": 1,
        },
    }


def _tries(attempts: int) -> dict[str, int]:
    return {"max_delivery_attempts": attempts, "event_time_to_live": DAY_MINUTES}


def _attributes(function: DeployedFunction) -> dict[str, Any] | None:
    """Return the filter of a topic's function. What Event Grid cannot compare, our runtime does: it looks at all again."""
    wanted = [
        {"key": name, "values": [value]}
        for name, value in function.trigger.get("filter") or ()
        if len(value) <= LONGEST_VALUE and as_event(Outgoing(b"", True, {name: value}), "/").get(name) == value
    ]
    return {"string_in": wanted} if wanted else None


def _keys(function: DeployedFunction, places: AzurePlaces) -> dict[str, Any]:
    """Return the filter of a bucket's function: as much of its prefix and suffix as is the same in every spelling."""
    trigger = function.trigger
    prefix, suffix = _plain_start(trigger["prefix"]), _plain_start(trigger["suffix"][::-1])[::-1]
    container = f"/blobServices/default/containers/{places.bucket(trigger['bucket'])}/blobs/"
    return {
        "subject_begins_with": f"{container}{prefix}",
        **({"subject_ends_with": suffix} if suffix else {}),
        "case_sensitive": True,
    }


def _plain_start(text: str) -> str:
    end = next((place for place, letter in enumerate(text) if letter not in _PLAIN), len(text))
    return text[:end]
