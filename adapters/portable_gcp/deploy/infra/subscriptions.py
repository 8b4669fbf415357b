"""Pub/Sub subscriptions: what brings the messages of a topic to a function, or keeps them until somebody pulls them."""

from __future__ import annotations

import json
import re
from typing import Any

from portable.eventing.queue import POISON
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, reference
from portable_gcp.deploy.facts import FACTS
from portable_gcp.deploy.infra.alerts import subscription_alert
from portable_gcp.deploy.infra.callers import PUBSUB_AGENT, PUSH, allowed, token
from portable_gcp.deploy.infra.places import GcpPlaces, topic_label

LOST = "lost_"
"""The label of the topic for what Pub/Sub itself gives up, of functions without dead letters."""
DAY = 86_400
KEPT_DAYS, DEAD_KEPT_DAYS = 7, 31
"""Days that a message waits; 31 are the most."""
SPARE = 2
"""Deliveries beyond a function's attempts before Pub/Sub takes a message away itself: our runtime counts, this is the net."""
FEWEST_DELIVERIES, MOST_DELIVERIES = 5, 100
SHORTEST_WAIT = 10
"""The least ack deadline in seconds."""
SPARE_SECONDS = 30
"""What a call may take longer than its function: the start of an instance."""
BACKOFF, LONGEST_BACKOFF = 10, 600
"""Seconds between two deliveries, first and at last, where a function declares none: the service's own defaults."""
FILTER_BYTES = 256
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def subscription(
    document: Document, places: GcpPlaces, kind: str, name: str, reader: DeployedFunction | None = None
) -> None:
    """Add the subscription of a queue, or that of one function to a topic, a stream, or the events of its bucket."""
    label = name if kind == "queue" or reader is None else pushed(reader)
    called = places.pubsub("queue", name) if kind == "queue" or reader is None else places.subscription(reader.name)
    letters = kind == "queue" and name.endswith(POISON)
    resource = places.resources.get((kind, name))
    ordered = kind == "stream" or bool(resource and resource.options.get("ordered"))
    document.resource(
        "google_pubsub_subscription",
        label,
        name=called,
        topic=reference(f"google_pubsub_topic.{topic_label(kind, name)}.id"),
        message_retention_duration=seconds((DEAD_KEPT_DAYS if letters else KEPT_DAYS) * DAY),
        expiration_policy={"ttl": ""},
        enable_message_ordering=ordered or None,
        **(_pushing(places, reader) if reader is not None else {}),
    )
    if reader is not None:
        document.resource(
            "google_pubsub_subscription_iam_member",
            f"{label}_agent",
            subscription=reference(f"google_pubsub_subscription.{label}.name"),
            role="roles/pubsub.subscriber",
            member=PUBSUB_AGENT,
        )
    subscription_alert(document, places, label, called, letters=letters)


def lost(document: Document, places: GcpPlaces) -> None:
    """Add the subscription of what Pub/Sub gave up although our runtime never did: a function died each time."""
    name = places.lost()
    document.resource(
        "google_pubsub_subscription",
        LOST,
        name=name,
        topic=reference(f"google_pubsub_topic.{LOST}.id"),
        message_retention_duration=seconds(DEAD_KEPT_DAYS * DAY),
        expiration_policy={"ttl": ""},
    )
    subscription_alert(document, places, LOST.rstrip("_"), name, letters=True)


def pushed(function: DeployedFunction) -> str:
    """Return the label of the subscription that brings a function the events of a topic, a stream or a bucket."""
    return f"{function.name}_push"


def dead(reader: DeployedFunction) -> str:
    """Return the label of the topic for what Pub/Sub gives up. Only a subscription that has one is told of attempts."""
    return reader.dead_letters or LOST


def seconds(number: float) -> str:
    """Return a duration as Google's APIs write it."""
    return f"{format(number, '.9f').rstrip('0').rstrip('.')}s"


def attribute_filter(wanted: list[list[str]]) -> str | None:
    """Return a subscription's filter; None for one that Pub/Sub cannot hold. Our runtime compares, too."""
    parts = []
    for name, value in wanted:
        key = name if _PLAIN_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
        parts.append(f"attributes.{key} = {json.dumps(value, ensure_ascii=False)}")
    found = " AND ".join(parts)
    return found if found and len(found.encode()) <= FILTER_BYTES else None


def _pushing(places: GcpPlaces, reader: DeployedFunction) -> dict[str, Any]:
    """Return how a subscription brings messages to a function, and how often."""
    service = places.service(reader)
    most = MOST_DELIVERIES if reader.idempotent else max(FEWEST_DELIVERIES, (reader.attempts or 1) + SPARE)
    first, last = (BACKOFF, LONGEST_BACKOFF) if reader.backoff is None else (reader.backoff, reader.backoff)
    wanted = reader.trigger.get("filter") if reader.trigger["kind"] == "topic" else None
    return {
        "ack_deadline_seconds": min(FACTS.most("timeout.event"), max(SHORTEST_WAIT, reader.timeout + SPARE_SECONDS)),
        "push_config": {"push_endpoint": service.uri, "oidc_token": token(PUSH, service)},
        "retry_policy": {"minimum_backoff": seconds(first), "maximum_backoff": seconds(last)},
        "dead_letter_policy": {
            "dead_letter_topic": reference(f"google_pubsub_topic.{dead(reader)}.id"),
            "max_delivery_attempts": min(MOST_DELIVERIES, most),
        },
        "filter": attribute_filter(wanted) if wanted else None,
        "depends_on": allowed(PUSH, service),
    }
