"""Takes portable Records; returns what the Event Hubs trigger (cardinality many) passes to a function.

The metadata of a batch are arrays beside its bodies (Functions "Azure Event Hubs trigger", "event metadata").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from azure.functions import EventHubEvent
from azure.functions.eventhub import EventHubTriggerConverter
from azure.functions.meta import Datum

from portable.eventing import wire
from portable.eventing.outgoing import Outgoing
from portable.eventing.record import Record


@dataclass
class Stored:
    """An event as Event Hubs stores it."""

    body: bytes
    key: str | None
    properties: dict[str, str]
    sequence: str
    enqueued: datetime = field(default_factory=lambda: datetime.now(UTC))


def encode_records(records: Sequence[Record[bytes]]) -> list[EventHubEvent]:
    """Return the events of records of one partition."""
    return hub_events(stored_of(records))


def hub_events(stored: Sequence[Stored]) -> list[EventHubEvent]:
    """Return the events of a batch as the worker makes them."""
    bodies = Datum(SimpleNamespace(bytes=[event.body for event in stored]), "collection_bytes")
    metadata = {name: Datum(json.dumps(value), "json") for name, value in metadata_of(stored).items()}
    made = EventHubTriggerConverter.decode(bodies, trigger_metadata=metadata)
    assert isinstance(made, list)
    return made


def metadata_of(stored: Sequence[Stored]) -> dict[str, Any]:
    """Return the metadata of a batch, as JSON values."""
    system = [
        {
            "EnqueuedTimeUtc": event.enqueued.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "SequenceNumber": int(event.sequence),
            "Offset": int(event.sequence) * 100,
            **({"PartitionKey": event.key} if event.key is not None else {}),
        }
        for event in stored
    ]
    return {
        "PartitionContext": {"EventHubName": "hub", "ConsumerGroup": "$Default", "PartitionId": "0"},
        "PropertiesArray": [event.properties for event in stored],
        "SystemPropertiesArray": system,
    }


def stored_of(records: Sequence[Record[bytes]]) -> list[Stored]:
    """Return records as Event Hubs stores them."""
    return [_stored(record, str(place)) for place, record in enumerate(records)]


def _stored(record: Record[bytes], place: str) -> Stored:
    sent = Outgoing(record.payload, False, record.attributes, record.trace, group=record.key, id=record.id)
    body, properties = wire.as_bytes(sent)
    sequence = record.sequence if record.sequence is not None and record.sequence.isdecimal() else place
    return Stored(body, record.key, properties, sequence, record.sent_at or datetime.now(UTC))
