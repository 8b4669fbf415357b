"""Records in a container: takes a message of JetStream or a CloudEvent; returns one raw Record.

JetStream delivers the records of a partition one by one and counts the deliveries, so a failed record delays the records of
its partition, and no others.
"""

from __future__ import annotations

from portable.compute.ledger import Ledger
from portable.compute.records import consume_records
from portable.eventing.record import of_message
from portable_container.runtime.eventing_wire import read_record
from portable_container.runtime.messages import message_of
from portable_container.runtime.taking import Taker, of_jetstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.consume import Consumer
    from portable.compute.context import Context
    from portable.eventing.record import Record
    from portable_container.runtime.cloudevents import CloudEvent

EXPECTED = "a record of a stream"


def handler(consumer: Consumer, timeout: float, whole: bool = False) -> Taker:
    """Return what takes a stream's records. With `whole` the function takes a batch, which here holds one record."""
    ledger = Ledger()

    def run(record: Record[bytes], context: Context) -> bool:
        done = not consume_records(consumer, [record], context, ledger, whole)
        if done:
            ledger.forget((record.id,))
        return done

    return Taker(consumer.function, timeout, of_jetstream(EXPECTED, read_record, "stream"), of_event, run)


def of_event(found: CloudEvent) -> Record[bytes]:
    """Return the record in a CloudEvent. `sequence` is its extension of this name. Raises EventError for any other."""
    message = message_of(found, EXPECTED)
    return of_message(message, found.attributes.get("partitionkey"), found.attributes.get("sequence"))
