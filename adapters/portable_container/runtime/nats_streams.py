"""Streams and consumers of JetStream: takes a resource and its address; makes them, or changes them to what it declares.

Whoever deploys calls this: an identity that only sends and receives may not. Everything is as safe to do twice as once.
"""

from __future__ import annotations

from portable_container.runtime.nats_names import Address, address_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.eventing.queue import Queue
    from portable_container.runtime.nats_clients import Nats

ACK_SECONDS = 30
"""How long a received message is hidden, unless the receiver says another time."""
DEDUPLICATION_SECONDS = 300
"""For how long a deduplication id counts (SQS: five minutes)."""
RETRY_SECONDS = 120
"""For how long the server knows the ids of other messages, so that a repeated send stores nothing."""
IN_HAND = 100_000
"""How many messages of a queue may be with receivers, or wait after a failed attempt, at the same time."""
KEPT_SECONDS = 7 * 24 * 3600
"""For how long a stream keeps its records."""
_NANO = 1_000_000_000
_NAME_IN_USE = 10058


def of_queue(queue: Queue, address: str, replicas: int = 1, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return JetStream's configuration of a queue. `tags` are those of servers to place it on."""
    at = address_of(address)
    subjects = [f"{at.subject}.*" if queue.ordered else at.subject]
    seconds = DEDUPLICATION_SECONDS if queue.deduplicated else RETRY_SECONDS
    config = _stream(at, subjects, "workqueue", seconds, replicas, tags)
    if queue.delayed:
        config["subjects"].append(at.later("*"))
        config["allow_msg_schedules"] = True
    return config


def of_topic(address: str, replicas: int = 1, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return JetStream's configuration of a topic: a message stays until every subscriber has acknowledged it."""
    at = address_of(address)
    return _stream(at, [at.subject], "interest", RETRY_SECONDS, replicas, tags)


def of_stream(address: str, replicas: int = 1, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return JetStream's configuration of a stream: a record stays for `KEPT_SECONDS`, whoever has read it."""
    at = address_of(address)
    config = _stream(at, [f"{at.subject}.*"], "limits", RETRY_SECONDS, replicas, tags)
    return config | {"max_age": KEPT_SECONDS * _NANO, "discard": "old"}


def consumers(
    address: str, *, partitioned: bool, start: str = "all", in_hand: int | None = None
) -> list[dict[str, Any]]:
    """Return JetStream's configurations of the consumers that one reader needs.

    A partition has one message in hand, so that the next one of a group waits for the first. `start` is `all`, or `new`
    for what is sent from now on.
    """
    most = in_hand or (1 if partitioned else IN_HAND)
    return [
        {
            "durable_name": name,
            "name": name,
            "filter_subject": subject,
            "ack_policy": "explicit",
            "ack_wait": ACK_SECONDS * _NANO,
            "deliver_policy": start,
            "max_ack_pending": most,
            "max_deliver": -1,
        }
        for name, subject in address_of(address).filters(partitioned=partitioned).items()
    ]


def make(nats: Nats, stream: dict[str, Any], readers: Sequence[dict[str, Any]] = ()) -> None:
    """Make or change a stream and its consumers. Raises an error of the error tree."""
    name = stream["name"]

    def making() -> None:
        from nats.js.errors import APIError

        try:
            nats.api(f"STREAM.CREATE.{name}", stream)
        except APIError as error:
            if error.err_code != _NAME_IN_USE:
                raise
            nats.api(f"STREAM.UPDATE.{name}", stream)
        for reader in readers:
            subject = f"CONSUMER.CREATE.{name}.{reader['name']}.{reader['filter_subject']}"
            nats.api(subject, {"stream_name": name, "config": reader})

    nats.calls.call(making, f"JetStream {name}")


def make_queue(nats: Nats, queue: Queue, address: str, replicas: int = 1, tags: Sequence[str] = ()) -> None:
    """Make a queue and its consumers."""
    make(nats, of_queue(queue, address, replicas, tags), consumers(address, partitioned=queue.ordered))


def _stream(
    at: Address, subjects: list[str], retention: str, seconds: int, replicas: int, tags: Sequence[str]
) -> dict[str, Any]:
    config: dict[str, Any] = {
        "name": at.stream,
        "subjects": subjects,
        "retention": retention,
        "storage": "file",
        "discard": "new",  # a full queue refuses what is sent; nothing that was stored is lost
        "num_replicas": replicas,
        "duplicate_window": seconds * _NANO,
    }
    return config | ({"placement": {"tags": list(tags)}} if tags else {})
