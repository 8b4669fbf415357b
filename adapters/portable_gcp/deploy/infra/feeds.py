"""Pub/Sub: the topics of an app, with the subscriptions that bring their messages to functions, and dead letters.

A queue is a topic with one subscription of the same name. A topic and a stream have a subscription for each function. A bucket
has a topic and a subscription for each function that it tells.
"""

from __future__ import annotations

from portable.tooling.infra.terraform import Document, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.callers import PUBSUB_AGENT
from portable_gcp.deploy.infra.places import REGION, GcpPlaces, topic_label
from portable_gcp.deploy.infra.subscriptions import LOST, dead, lost, subscription


def feeds(document: Document, places: GcpPlaces) -> list[str]:
    """Add everything that messages go through, and return the names of the queues."""
    functions = places.blueprint.functions
    readers = {function.trigger["queue"]: function for function in functions if function.trigger["kind"] == "queue"}
    queues = sorted({*places.queues(), *readers})
    for name in queues:
        _topic(document, name, places.pubsub("queue", name))
        subscription(document, places, "queue", name, readers.get(name))
    for resource in places.blueprint.resources:
        if resource.kind in ("topic", "stream"):
            _topic(document, topic_label(resource.kind, resource.name), places.pubsub(resource.kind, resource.name))
            for function in places.triggered(resource.kind, resource.name):
                subscription(document, places, resource.kind, resource.name, function)
    for function in functions:
        if function.trigger["kind"] == "object":
            _topic(document, topic_label("events", function.name), places.pubsub("events", function.name))
            subscription(document, places, "events", function.name, function)
    _dead_letters(document, places)
    return queues


def _topic(document: Document, label: str, name: str) -> None:
    """Add a topic whose messages stay in the region, where everything else of the app is."""
    document.resource(
        "google_pubsub_topic",
        label,
        name=name,
        message_storage_policy={"allowed_persistence_regions": [REGION]},
        depends_on=after("pubsub"),
    )


def _dead_letters(document: Document, places: GcpPlaces) -> None:
    """Let Pub/Sub itself publish to the topics of dead letters. Those of functions without any go to one topic for all."""
    given_up = sorted({dead(function) for function in places.blueprint.functions if function.feed is not None})
    if LOST in given_up:
        _topic(document, LOST, places.lost())
        lost(document, places)
    for label in given_up:
        document.resource(
            "google_pubsub_topic_iam_member",
            f"{label}_agent",
            topic=reference(f"google_pubsub_topic.{label}.name"),
            role="roles/pubsub.publisher",
            member=PUBSUB_AGENT,
        )
