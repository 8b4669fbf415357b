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
from portable.compute.several import readable
from portable.errors import EventError
from portable.eventing.envelope import read_queue_text
from portable.eventing.record import of_message
from portable_aws.runtime.context import LambdaContext
from portable_aws.runtime.refuse import UNREADABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.record import Record

EXPECTED = "records of a Kinesis stream"


def handler(consumer: Consumer, whole: bool = False) -> Callable[[Any, Any], Any]:
    """Return the Lambda handler of a stream's records. With `whole` the function takes a batch at a time."""
    ledger = Ledger()

    def handle(event: Any, native: Any) -> Any:
        found = decode(event)
        records = [item for item in found if not isinstance(item, EventError)]
        context = LambdaContext(event, native, consumer.function)
        unfinished = consume_records(consumer, records, context, ledger, whole)
        for place, item in enumerate(found):
            if isinstance(item, EventError):
                return _foreign(consumer, event["Records"][place], item)
            if unfinished and item is unfinished[0]:
                return {"batchItemFailures": [{"itemIdentifier": item.sequence}]}
            ledger.forget((item.id,))
        return {"batchItemFailures": []}

    return handle


def _foreign(consumer: Consumer, record: Any, error: EventError) -> Any:
    """Report a record that cannot be read; without a sequence number only the whole batch can come again."""
    own = record.get("kinesis") if isinstance(record, dict) else None
    sequence = own.get("sequenceNumber") if isinstance(own, dict) else None
    if not isinstance(sequence, str):
        raise error
    from logging import getLogger

    getLogger("portable").error("%s was not called for record %s: %s", consumer.function, sequence, error)
    return {"batchItemFailures": [{"itemIdentifier": sequence}]}


def decode(event: Any) -> list[Record[bytes] | EventError]:
    """Return the records of a Kinesis event, in order; what is none is an EventError in its place.

    Raises EventError when there is no record at all.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        raise refuse(EXPECTED, event)
    return readable([_read(record) for record in records])


def _read(record: Any) -> Record[bytes] | EventError:
    try:
        if record.get("eventSource") == "aws:kinesis":
            return _record(record)
    except UNREADABLE:
        pass
    return refuse(EXPECTED, {"Records": [record]})


def _record(record: Any) -> Record[bytes]:
    found = record["kinesis"]
    sequence, key = found["sequenceNumber"], found["partitionKey"]
    own = record.get("eventID") or sequence
    if not (isinstance(sequence, str) and isinstance(key, str) and isinstance(own, str)):
        raise TypeError("the sequence number, key and id of a record are text")
    arrived = found.get("approximateArrivalTimestamp")
    sent_at = datetime.fromtimestamp(arrived, UTC) if isinstance(arrived, (int, float)) else None
    message = read_queue_text(own, a2b_base64(found["data"], strict_mode=True), None, sent_at)
    return of_message(message, key, sequence)
