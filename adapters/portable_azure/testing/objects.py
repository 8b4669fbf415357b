"""Takes a portable StoredObject; returns the storage event of Event Grid, in either schema, or a queue's message with it."""

from __future__ import annotations

import json
from typing import Any

from azure.functions import QueueMessage

from portable.eventing.message import Message
from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_azure.testing.messages import fed_message

ACCOUNT = "https://account.blob.core.windows.net"
SOURCE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/account"
TYPES = {"created": "Microsoft.Storage.BlobCreated", "deleted": "Microsoft.Storage.BlobDeleted"}
TIME = "2026-01-02T03:04:05.1234567Z"
"""Event Grid writes seven digits of a second."""


def encode_object(
    stored: StoredObject, event_name: str, form: str = "event", attempt: int | None = 1
) -> QueueMessage | str:
    """Return the event of an object that was "created" or "deleted".

    `form` is "event" (Event Grid schema), "cloudevent", or "queue", where `attempt` is the message's.
    """
    subject = f"/blobServices/default/containers/{stored.bucket}/blobs/{stored.key}"
    kind, event_id = TYPES[event_name], "831e1650-001e-001b-66ab-eeb76e069631"
    data: dict[str, Any] = {
        "api": "PutBlob" if event_name == "created" else "DeleteBlob",
        "contentType": "application/octet-stream",
        "blobType": "BlockBlob",
        "url": f"{ACCOUNT}/{stored.bucket}/{quote(stored.key, b'/')}",
    }
    known = {"eTag": stored.etag, "contentLength": stored.size, "sequencer": stored.id}
    data |= {name: value for name, value in known.items() if value is not None}
    if form == "event":
        event = {
            "topic": SOURCE,
            "subject": subject,
            "eventType": kind,
            "eventTime": TIME,
            "id": event_id,
            "data": data,
        }
        return json.dumps(event | {"dataVersion": "", "metadataVersion": "1"})
    event = {"specversion": "1.0", "source": SOURCE, "subject": subject, "type": kind, "time": TIME, "id": event_id}
    text = json.dumps(event | {"data": data})
    return fed_message(text, Message(event_id, b"", attempt)) if form == "queue" else text
