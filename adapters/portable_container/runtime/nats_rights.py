"""Who may do what in NATS: an image and the prefix of its stage in, the subjects that each identity may use out.

A client of JetStream asks by publishing to subjects, so the right to receive is a right to publish too: to ask for messages
of one consumer and to acknowledge them. Everything else is refused by the server. `deploy/broker` writes these rights for
the server, and a role compares them with those that its account has.
https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization
"""

from __future__ import annotations

from portable.eventing.queue import POISON
from portable_container.runtime.image import SCHEDULE, SERVE, STORE
from portable_container.runtime.image_engines import BUCKET, address_of_event, is_partitioned, notes_of
from portable_container.runtime.nats_names import PARTITIONS, address_of, stream_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from portable.eventing.queue import Queue
    from portable_container.runtime.image import Event, Image, Use
    from portable_container.runtime.nats_names import Address

OWN = "$SYS.REQ.USER.INFO"
"""Where a user asks the server what it may do itself."""


class Rights:
    """The subjects to which one identity may publish. It may subscribe to its own answers only.

    `foreign` says that it is another program, such as a store, which gets its answers where NATS' own clients do.
    """

    def __init__(self) -> None:
        self.publish = {OWN}
        self.foreign = False

    def send(self, at: Address, *, partitioned: bool = False, delayed: bool = False) -> None:
        """Add sending to a queue, topic or stream, and asking why a message was not taken."""
        subjects = (f"{at.subject}.{number}" for number in range(PARTITIONS))
        self.publish.update(subjects if partitioned else (at.subject,))
        if delayed:
            self.publish.add(at.later("*"))
        self.count(at)

    def receive(self, at: Address, *, partitioned: bool = False) -> None:
        """Add receiving from the consumers at an address, and acknowledging."""
        for consumer in at.filters(partitioned=partitioned):
            self.publish.add(f"$JS.API.CONSUMER.MSG.NEXT.{at.stream}.{consumer}")
            self.publish.add(f"$JS.API.CONSUMER.INFO.{at.stream}.{consumer}")
            self.publish.add(f"$JS.ACK.{at.stream}.{consumer}.>")

    def count(self, at: Address) -> None:
        """Add looking at the state of a stream."""
        self.publish.add(f"$JS.API.STREAM.INFO.{at.stream}")

    def use(self, prefix: str, used: Use, queues: Mapping[str, Queue]) -> None:
        """Add what a function does with a queue, topic or stream."""
        if used.kind not in ("queue", "topic", "stream"):
            return
        at = address_of(stream_name(prefix, used.kind, used.resource))
        if used.kind != "queue":
            self.send(at, partitioned=used.kind == "stream")
            return
        queue = queues[used.resource]
        for action in used.actions:
            if action == "send":
                self.send(at, partitioned=queue.ordered, delayed=queue.delayed)
            elif action == "count":
                self.count(at)
            elif action == "peek":
                self.receive(at, partitioned=queue.ordered)
            elif action == "redrive":
                source = used.resource.removesuffix(POISON)
                dead, to = queues[f"{source}{POISON}"], queues[source]
                self.receive(address_of(stream_name(prefix, "queue", dead.name)), partitioned=dead.ordered)
                self.send(address_of(stream_name(prefix, "queue", source)), partitioned=to.ordered, delayed=to.delayed)

    def take(self, prefix: str, event: Event) -> None:
        """Add taking the events of a function, noting what it handles alone, and counting for the metrics of its role."""
        at = address_of(address_of_event(prefix, event))
        self.receive(at, partitioned=is_partitioned(event))
        self.publish.add(f"{notes_of(prefix, event)}.>")
        self.count(at)
        if event.dead_letters:
            self.count(address_of(stream_name(prefix, "queue", event.dead_letters)))


def rights_of(image: Image, prefix: str) -> dict[str, Rights]:
    """Return the rights of each identity: those of its functions, no others.

    The identity `serve` may also pass on what stores tell of their buckets, and `schedule` may publish due moments. `store`
    is that of a store which publishes its notifications itself, as MinIO does.
    """
    queues = {queue.name: queue for queue in image.queues}
    found: dict[str, Rights] = {}
    for name in (*image.served, *(event.name for event in image.functions)):
        rights = found.setdefault(image.identity_of(name), Rights())
        for used in image.uses.get(name, ()):
            rights.use(prefix, used, queues)
    for event in image.functions:
        found[event.identity].take(prefix, event)
        if event.kind == "schedule":
            found.setdefault(SCHEDULE, Rights()).send(address_of(address_of_event(prefix, event)))
    for bucket in image.watched():
        at = address_of(stream_name(prefix, BUCKET, bucket))
        found.setdefault(SERVE, Rights()).send(at)
        store = found.setdefault(STORE, Rights())
        store.foreign = True
        store.publish.add(at.subject)
    return found
