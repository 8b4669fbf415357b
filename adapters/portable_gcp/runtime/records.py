"""Records on Cloud Run functions: takes what an ordered Pub/Sub subscription pushes; returns one raw Record.

Pub/Sub pushes the messages of an ordering key one by one: the next only after the last one was acknowledged, or has gone to
the dead letters of the subscription. So a failed record delays the records of its key, and no others.
Source: Pub/Sub "order messages".
"""

from __future__ import annotations

from portable.compute.ledger import Ledger
from portable.compute.records import consume_records
from portable.eventing.record import of_message
from portable_gcp.runtime.cloudevent import PUBLISHED, read
from portable_gcp.runtime.messages import message_of
from portable_gcp.runtime.refuse import UNREADABLE, refuse
from portable_gcp.runtime.reply import event_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.record import Record
    from portable_gcp.runtime.context import GcpContext
    from portable_gcp.runtime.reply import Handle

EXPECTED = "a record of a stream (an ordered message of Pub/Sub)"


def handler(consumer: Consumer, timeout: int, whole: bool = False) -> Handle:
    """Return the target of a stream's records. With `whole` the function takes a batch, which here holds one record."""
    ledger = Ledger()

    def run(record: Record[bytes], context: GcpContext) -> bool:
        done = not consume_records(consumer, [record], context, ledger, whole)
        if done:
            ledger.forget((record.id,))
        return done

    return event_target(consumer.function, timeout, decode, run)


def decode(environ: dict[str, Any], body: bytes) -> Record[bytes]:
    """Return the record of a request. Raises EventError for any other event."""
    try:
        event = read(environ, body)
        if event.type == PUBLISHED:
            message = event.data["message"]
            key = message.get("orderingKey") or message.get("ordering_key") or None
            return of_message(message_of(event.data, event.id), key)
    except UNREADABLE:
        pass
    raise refuse(EXPECTED, environ, body)
