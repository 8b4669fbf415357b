"""The rights of one user of NATS: what its functions do in, the subjects that it may use out.

A client of JetStream asks by publishing to subjects, so the right to receive is a right to publish too: to ask for messages
of one consumer and to acknowledge them. Everything else is refused by the server.
https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portable_container.runtime.nats_clients import inbox_of
from portable_container.runtime.nats_names import PARTITIONS, Address


@dataclass
class Rights:
    """The subjects to which a user may publish. It may subscribe to its own answers only.

    `foreign` says that it is another program, such as a store, which gets its answers where NATS' own clients do.
    """

    user: str
    publish: set[str] = field(default_factory=set)
    foreign: bool = False

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

    def lines(self) -> list[str]:
        """Return the lines of the server's configuration."""
        allowed = [f'          "{subject}"' for subject in sorted(self.publish)]
        nothing = ['      publish: { deny: [">"] }']
        inbox = "_INBOX" if self.foreign else inbox_of(self.user)
        return [
            *(["      publish: { allow: [", *allowed, "      ] }"] if allowed else nothing),
            f'      subscribe: {{ allow: ["{inbox}.>"] }}',
        ]
