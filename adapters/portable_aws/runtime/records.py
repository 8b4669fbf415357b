"""Records on Lambda: takes the event of a Kinesis stream; returns Records, and where Lambda must start to deliver again.

Lambda delivers a failed record and all later ones of its shard again until they succeed, and it does not count attempts. So
the event source mapping reports batch item failures, does not bisect, and this process keeps a list of finished records.
Sources: Lambda "Using Lambda with Kinesis" (event, "partial batch response").
"""

from __future__ import annotations

from binascii import a2b_base64
from datetime import UTC, datetime

from portable.compute.ledger import Ledger
from portable.compute.records import consume_records
from portable.eventing.record import of_message
from portable.eventing.record_wire import read_body
from portable_aws.runtime.context import LambdaContext
from portable_aws.runtime.refuse import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.record import Record


def handler(consumer: Consumer, whole: bool = False) -> Callable[[Any, Any], Any]:
    """Return the Lambda handler of a stream's records. With `whole` the function takes a batch at a time."""
    ledger = Ledger()

    def handle(event: Any, native: Any) -> Any:
        records = decode(event)
        context = LambdaContext(event, native, consumer.function)
        unfinished = consume_records(consumer, records, context, ledger, whole)
        if not unfinished:
            ledger.forget(record.id for record in records)
            return {"batchItemFailures": []}
        first = unfinished[0]
        for record in records:
            if record is first:
                break
            ledger.forget((record.id,))
        return {"batchItemFailures": [{"itemIdentifier": first.sequence}]}

    return handle


def decode(event: Any) -> list[Record[bytes]]:
    """Return the records of a Kinesis event, in order. Raises EventError for any other event."""
    try:
        records = event["Records"]
        if {record.get("eventSource") for record in records} == {"aws:kinesis"}:
            return [_record(record) for record in records]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError):
        pass
    raise refuse("records of a Kinesis stream", event)


def _record(record: Any) -> Record[bytes]:
    found = record["kinesis"]
    sequence, key = found["sequenceNumber"], found["partitionKey"]
    own = record.get("eventID") or sequence
    if not (isinstance(sequence, str) and isinstance(key, str) and isinstance(own, str)):
        raise TypeError("the sequence number, key and id of a record are text")
    arrived = found.get("approximateArrivalTimestamp")
    sent_at = datetime.fromtimestamp(arrived, UTC) if isinstance(arrived, (int, float)) else None
    message = read_body(own, a2b_base64(found["data"], strict_mode=True), sent_at)
    return of_message(message, key, sequence)
