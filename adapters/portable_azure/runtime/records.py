"""Records on Azure: takes a batch of the Event Hubs trigger (cardinality many); returns raw Records.

The host delivers a batch once and then moves its checkpoint. So failed records are retried here, until the batch is finished
or the time of the call is over. In the latter case the call fails. Then, by the function's retry policy, the host delivers
the batch again before the checkpoint moves, and this process skips the records that it has finished.
Sources: Functions "Azure Event Hubs trigger", "Azure Functions error handling and retries".
"""

from __future__ import annotations

import json
from datetime import UTC

from portable.compute.ledger import Ledger
from portable.compute.records import finishing_records, pause, pause_async
from portable.errors import Timeout
from portable.eventing.record import of_message
from portable.eventing.wire import read
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.entry import entry
from portable_azure.runtime.refuse import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from portable.base.steps import Steps
    from portable.compute.consume import Consumer
    from portable.eventing.record import Record
    from portable_azure.runtime.entry import Handle


def handler(consumer: Consumer, timeout: float, whole: bool = False, awaited: bool = False) -> Handle:
    """Return what a function of the app calls, or awaits (`awaited`), with its events and context.

    `whole` takes a batch at a time.
    """
    ledger = Ledger()

    def steps(event: Any, native: Any) -> Steps[None]:
        records = decode(event)
        context = AzureContext(event, native, consumer.function, timeout)
        wait = pause_async if awaited else pause
        unfinished = yield from finishing_records(consumer, records, context, ledger, whole, wait)
        _end(consumer, ledger, records, unfinished)

    return entry(steps, awaited)


def _end(consumer: Consumer, ledger: Ledger, records: list[Record[bytes]], unfinished: list[Record[bytes]]) -> None:
    if not unfinished:
        ledger.forget(record.id for record in records)
        return
    shown = ", ".join(record.id for record in unfinished[:10])
    raise Timeout(
        f"{consumer.function}: the time of the call ended with {len(unfinished)} of {len(records)} records unfinished "
        f"({shown}{', …' if len(unfinished) > 10 else ''}). The host delivers the batch again, by the retry policy of the "
        "function, and finished records are skipped. To finish in one call, raise timeout= or lower batch="
    )


def decode(event: Any) -> list[Record[bytes]]:
    """Return the records of the events of one partition, in order. Raises EventError for anything else."""
    events = event if isinstance(event, list) else [event]
    if not events or not all(hasattr(found, "get_body") and hasattr(found, "sequence_number") for found in events):
        raise refuse("events of an event hub", event)
    metadata = events[0].metadata or {}
    properties = _values(metadata.get("PropertiesArray" if isinstance(event, list) else "Properties"))
    if isinstance(properties, dict):
        properties = [properties]
    if not isinstance(properties, list) or len(properties) != len(events):
        properties = [{}] * len(events)
    partition = _values(metadata.get("PartitionContext"))
    partition = partition.get("PartitionId", "") if isinstance(partition, dict) else ""
    return [_record(found, own, str(partition)) for found, own in zip(events, properties, strict=True)]


def _values(piece: Any) -> Any:
    """Return a piece of the trigger's metadata, which the worker hands on as JSON text or as values."""
    if not isinstance(piece, str):
        return piece
    try:
        return json.loads(piece)
    except (ValueError, RecursionError):
        return None


def _record(event: Any, properties: Any, partition: str) -> Record[bytes]:
    body = event.get_body()
    content = body.encode() if isinstance(body, str) else bytes(body)
    sequence = None if event.sequence_number is None else str(event.sequence_number)
    own = f"{partition}:{sequence}" if sequence is not None else _digest(content)
    attributes = properties if isinstance(properties, dict) else {}
    attributes = {name: _text(value) for name, value in attributes.items()}
    message = read(own, content, attributes, None, _utc(event.enqueued_time))
    return of_message(message, event.partition_key, sequence)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _digest(content: bytes) -> str:
    """Return an id for an event without an offset from the host. It is the same at each delivery."""
    from hashlib import sha256

    return sha256(content).hexdigest()


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
