"""Streams and consumers of JetStream: takes a resource and its address; makes them, or changes them to what it declares.

Whoever deploys calls this: an identity that only sends and receives may not. Everything is as safe to do twice as once.
"""

from __future__ import annotations

from portable.errors import ConfigurationError
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
TICK_SECONDS = 2 * 3600
"""For how long the server knows the due moments of a schedule."""
KEPT_SECONDS = 7 * 24 * 3600
"""For how long a stream keeps its records or notes."""
_DELAYS = {"allow_msg_schedules": True, "discard": "old"}
"""What a queue with delays has: nats-server 2.14.5 refuses the two together otherwise. Without a limit of its own the stream
discards nothing, and what the account may hold is refused beyond that, as for any queue."""
_NANO = 1_000_000_000


def of_queue(queue: Queue, address: str, replicas: int = 1, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return JetStream's configuration of a queue. `tags` are those of servers to place it on."""
    at = address_of(address)
    subjects = [f"{at.subject}.*" if queue.ordered else at.subject]
    seconds = DEDUPLICATION_SECONDS if queue.deduplicated else RETRY_SECONDS
    config = _stream(at, subjects, "workqueue", seconds, replicas, tags)
    if queue.delayed:
        config["subjects"].append(at.later("*"))
        config |= _DELAYS
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


def of_ticks(address: str, replicas: int = 1, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return JetStream's configuration of the due moments of a schedule: the server keeps those that are done, too.

    So it knows their ids, also after it was killed, for longer than any moment is published again (`due.LATE`).
    """
    at = address_of(address)
    config = _stream(at, [at.subject], "limits", TICK_SECONDS, replicas, tags)
    return config | {"max_age": KEPT_SECONDS * _NANO, "discard": "old"}


def of_notes(address: str, replicas: int = 1, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return JetStream's configuration of notes, of which there is one at each subject."""
    at = address_of(address)
    config = _stream(at, [f"{at.subject}.>"], "limits", RETRY_SECONDS, replicas, tags)
    return config | {"max_age": KEPT_SECONDS * _NANO, "discard": "old", "max_msgs_per_subject": 1}


def consumers(address: str, *, partitioned: bool, start: str = "all") -> list[dict[str, Any]]:
    """Return JetStream's configurations of the consumers that one reader needs.

    A partition has one message in hand, so that the next one of a group waits for the first. `start` is `all`, or `new`
    for what is sent from now on.
    """
    return [
        {
            "durable_name": name,
            "name": name,
            "filter_subject": subject,
            "ack_policy": "explicit",
            "ack_wait": ACK_SECONDS * _NANO,
            "deliver_policy": start,
            "max_ack_pending": 1 if partitioned else IN_HAND,
            "max_deliver": -1,
        }
        for name, subject in address_of(address).filters(partitioned=partitioned).items()
    ]


def make(nats: Nats, stream: dict[str, Any], readers: Sequence[dict[str, Any]] = ()) -> None:
    """Make or change a stream and its consumers. Raises an error of the error tree.

    A consumer that exists goes on where it is. Raises ConfigurationError for a queue that holds messages in another form:
    in partitions, and is not ordered any more, or the other way round.
    """
    name = stream["name"]

    def making() -> None:
        held = _found(nats, f"STREAM.INFO.{name}")
        if held is None:
            nats.api(f"STREAM.CREATE.{name}", stream)
        else:
            _check_form(nats, stream, readers)
            nats.api(f"STREAM.UPDATE.{name}", stream | _kept(stream, held["config"]))
        for reader in readers:
            there = _found(nats, f"CONSUMER.INFO.{name}.{reader['name']}")
            kept = {} if there is None else {"deliver_policy": there["config"]["deliver_policy"]}
            subject = f"CONSUMER.CREATE.{name}.{reader['name']}.{reader['filter_subject']}"
            nats.api(subject, {"stream_name": name, "config": reader | kept})

    nats.calls.call(making, f"JetStream {name}")


def prune(nats: Nats, stream: str, readers: Sequence[dict[str, Any]]) -> list[str]:
    """Delete the other consumers of a stream, those of functions that are gone. Return their names.

    A topic keeps what they have not read. Do this when no older version of the app runs any more.
    """

    def pruning() -> list[str]:
        gone = sorted(_names(nats, stream) - {reader["name"] for reader in readers})
        for name in gone:
            nats.api(f"CONSUMER.DELETE.{stream}.{name}")
        return gone

    return nats.calls.call(pruning, f"JetStream {stream}")


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


def _found(nats: Nats, question: str) -> dict[str, Any] | None:
    from nats.js.errors import APIError

    try:
        return nats.api(question)
    except APIError as error:
        if error.code == 404:
            return None
        raise


def _names(nats: Nats, stream: str) -> set[str]:
    names: set[str] = set()
    while True:
        page = nats.api(f"CONSUMER.NAMES.{stream}", {"offset": len(names)})
        names.update(page["consumers"] or ())
        if not page["consumers"] or len(names) >= page["total"]:
            return names


def _check_form(nats: Nats, stream: dict[str, Any], readers: Sequence[dict[str, Any]]) -> None:
    others = _names(nats, stream["name"]) - {reader["name"] for reader in readers}
    if stream["retention"] == "workqueue" and others:
        raise ConfigurationError(
            f"JetStream {stream['name']}: ordered= of this queue was changed, but the stream exists in the other form. "
            "Declare a queue with another name, or delete the stream when it is empty"
        )


def _kept(stream: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Return what cannot be taken back: delays, once a queue has had them."""
    if not held.get("allow_msg_schedules"):
        return {}
    later = [subject for subject in held["subjects"] if ".later." in subject]
    return {**_DELAYS, "subjects": sorted({*stream["subjects"], *later})}
