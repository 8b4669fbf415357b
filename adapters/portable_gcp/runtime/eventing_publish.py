"""Publishing to a topic of Pub/Sub, for queues, topics and streams: takes checked messages; returns their ids."""

from __future__ import annotations

from portable.eventing import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.eventing.outgoing import Outgoing
    from portable_gcp.runtime.clients import GcpClients

SECONDS = 15.0
"""Time limit of one request, in seconds."""


def publish(clients: GcpClients, address: str, what: str, messages: Sequence[Outgoing]) -> list[str]:
    """Publish messages in one request, which Pub/Sub accepts as a whole. A group becomes the ordering key."""
    entries = []
    for message in messages:
        body, attributes = wire.as_bytes(message)
        entry: dict[str, Any] = {"data": body, "attributes": attributes}
        if message.group is not None:
            entry["ordering_key"] = message.group
        entries.append(entry)
    request = {"topic": address, "messages": entries}
    answer = clients.call(lambda: clients.publisher().publish(request=request, retry=None, timeout=SECONDS), what)
    return list(answer.message_ids)
