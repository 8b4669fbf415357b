"""Takes a portable Message; returns `azure.functions.QueueMessage`, or a topic's CloudEvent from Event Grid."""

from __future__ import annotations

import json
from base64 import b64encode

from azure.functions import QueueMessage
from azure.functions.meta import Datum
from azure.functions.queue import QueueMessageInConverter

from portable.base.values import replace
from portable.eventing.envelope import as_event, as_queue_text
from portable.eventing.message import Message
from portable.testing.encoding import outgoing


def encode_message(message: Message[bytes], form: str = "queue") -> QueueMessage | str:
    """Return the event of a message. `form`: "queue", "topic" (the queue of a subscription) or "event" (Event Grid)."""
    sent = outgoing(message)
    if form == "event":
        return json.dumps(as_event(sent, "portable"))
    if form == "topic":
        return fed_message(json.dumps(as_event(sent, "portable")), message)
    text, given = as_queue_text(replace(sent, id=None), "portable")
    if given is not None:
        text, _ = as_queue_text(sent, "portable")
    return queue_message(text, message)


def fed_message(text: str, message: Message[bytes]) -> QueueMessage:
    """Return a storage queue's message with an event that Event Grid put there, as base64."""
    return queue_message(b64encode(text.encode()).decode(), message)


def queue_message(text: str, message: Message[bytes]) -> QueueMessage:
    """Return a storage queue's message with a text, and the id, count and time of a portable one."""
    metadata = {"Id": Datum(message.id, "string"), "PopReceipt": Datum("receipt", "string")}
    if message.attempt is not None:
        metadata["DequeueCount"] = Datum(str(message.attempt), "json")
    if message.sent_at is not None:
        metadata["InsertionTime"] = Datum(json.dumps(message.sent_at.isoformat()), "json")
    made: QueueMessage = QueueMessageInConverter.decode(Datum(text, "string"), trigger_metadata=metadata)
    return made
