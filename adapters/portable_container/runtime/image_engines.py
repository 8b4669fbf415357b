"""What an image needs of its engines in a stage: an `Image` and the prefix of the stage in, tables, roles and streams out.

`migrate` makes it and `prune` removes what is left of older versions, both as the identity `deploy`.
"""

from __future__ import annotations

from portable_container.runtime.addresses import user_name
from portable_container.runtime.image import SCHEDULE
from portable_container.runtime.nats_names import address_of, stream_name
from portable_container.runtime.nats_streams import consumers, of_notes, of_queue, of_stream, of_ticks, of_topic
from portable_container.runtime.schema_database import Database
from portable_container.runtime.schema_roles import scheduler_actions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable_container.runtime.image import Event, Image

    Stream = tuple[dict[str, Any], list[dict[str, Any]]]
    """JetStream's configuration of a stream, and those of its consumers."""

TICKS, BUCKET = "ticks", "bucket"
"""What streams of ours are called beside those of resources: that of a schedule's due moments, that of a bucket's events."""
NOTES = "tried", "alone"
"""Kind and name of the stream that notes which messages were handled alone (`work_alone`). All functions share it."""


def database(image: Image, prefix: str) -> Database:
    """Return the tables, and a role for each identity with what its functions may do."""
    roles = {user_name(prefix, identity): held for identity, held in image.rights.items()}
    bare = Database(prefix, image.tables)
    return Database(prefix, image.tables, {**roles, user_name(prefix, SCHEDULE): scheduler_actions(bare)})


def streams(image: Image, prefix: str, replicas: int = 1, tags: tuple[str, ...] = ()) -> list[Stream]:
    """Return every stream with its consumers. `tags` are those of the servers that hold it.

    A function of a topic, stream or bucket has a consumer of its name. All workers of a queue share one, and so do those
    of a schedule.
    """
    made: list[Stream] = []
    for queue in image.queues:
        at = stream_name(prefix, "queue", queue.name)
        made.append((of_queue(queue, at, replicas, tags), consumers(at, partitioned=queue.ordered)))
    for function in image.of_kind("schedule"):
        at = stream_name(prefix, TICKS, function.name)
        made.append((of_ticks(at, replicas, tags), consumers(at, partitioned=False)))
    for name in image.topics:
        at = stream_name(prefix, "topic", name)
        made.append((of_topic(at, replicas, tags), _readers(at, image, "topic", name)))
    for name in image.streams:
        at = stream_name(prefix, "stream", name)
        made.append((of_stream(at, replicas, tags), _readers(at, image, "stream", name)))
    for name in image.watched():
        at = stream_name(prefix, BUCKET, name)
        made.append((of_topic(at, replicas, tags), _readers(at, image, "object", name)))
    if image.functions:
        made.append((of_notes(stream_name(prefix, *NOTES), replicas, tags), []))
    return made


def notes_of(prefix: str, function: Event) -> str:
    """Return the subject below which the messages of a function are noted that were handled alone."""
    return f"{address_of(stream_name(prefix, *NOTES)).subject}.{function.name}"


def address_of_event(prefix: str, function: Event) -> str:
    """Return the address of the consumers that bring the events of a function."""
    return address_of_trigger(prefix, function.kind, function.resource, function.name)


def address_of_trigger(prefix: str, kind: str, resource: str, function: str) -> str:
    """Return the address of the consumers that bring the events of a trigger of a kind to a function."""
    if kind == "schedule":
        return stream_name(prefix, TICKS, function)
    at = stream_name(prefix, BUCKET if kind == "object" else kind, resource)
    return at if kind == "queue" else f"{at}/{function}"


def is_partitioned(function: Event) -> bool:
    """Return whether the events of a function lie in partitions, each with a consumer."""
    return function.kind == "stream" or function.ordered


def _readers(at: str, image: Image, kind: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for function in image.of_kind(kind):
        if function.resource == name:
            found += consumers(f"{at}/{function.name}", partitioned=is_partitioned(function), start=function.start)
    return found
