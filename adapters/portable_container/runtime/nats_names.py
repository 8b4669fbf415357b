"""Names in NATS: takes the address of a queue, topic or stream; returns its subjects and consumers.

The address is the name of the JetStream stream, `<app>_<stage>_<kind>_<name>`; its subject is `<app>.<stage>.<kind>.<name>`.
The messages of a group or key all have one partition: `<subject>.<number>`. `<subject>.later.<id>` holds a message until it
is due. An address of a subscriber is `<stream>/<consumer>`.
"""

from __future__ import annotations

from zlib import crc32

from portable.base.values import Value
from portable.errors import ConfigurationError

PARTITIONS = 16
"""How many groups of an ordered queue are handled at the same time. To change it would break the order of what waits."""
CONSUMER = "work"
"""The name of the consumer of a queue. All workers share it."""


class Address(Value):
    """Where a resource lies. `consumer` is the name of the consumer, or of the first part of those of partitions."""

    stream: str
    subject: str
    consumer: str

    def partition(self, group: str) -> str:
        """Return the subject of a group or key."""
        return f"{self.subject}.{crc32(group.encode()) % PARTITIONS}"

    def later(self, own: str) -> str:
        """Return the subject at which a message waits until it is due."""
        return f"{self.subject}.later.{own}"

    def filters(self, *, partitioned: bool) -> dict[str, str]:
        """Return the subject that each consumer reads."""
        if not partitioned:
            return {self.consumer: self.subject}
        return {f"{self.consumer}-{number}": f"{self.subject}.{number}" for number in range(PARTITIONS)}


def stream_name(prefix: str, kind: str, name: str) -> str:
    """Return the name of the JetStream stream of a resource. `prefix` is `<app>_<stage>`."""
    return f"{prefix}_{kind}_{name}"


def address_of(text: str) -> Address:
    """Return what an address says. Raises ConfigurationError."""
    stream, _, consumer = text.partition("/")
    parts = stream.rsplit("_", 3)
    if len(parts) != 4 or not all(parts) or any(letter in " .*>/\\\t\r\n" for letter in stream + consumer):
        raise ConfigurationError(
            f"{text!r} is not the name of a JetStream stream of portable: <app>_<stage>_<kind>_<name>"
        )
    return Address(stream, ".".join(parts), consumer or CONSUMER)
