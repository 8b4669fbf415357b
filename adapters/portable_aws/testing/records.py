"""Takes portable Records; returns the event of a Kinesis stream, as Lambda polls it (Lambda "Using Lambda with Kinesis", example event)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from portable.base.values import replace
from portable.eventing.record import Record
from portable.eventing.record_wire import as_body
from portable.testing.encoding import outgoing
from portable_aws.testing.context import ACCOUNT, REGION

SHARD = "shardId-000000000000"


def encode_records(records: Sequence[Record[bytes]], name: str = "stream") -> dict[str, Any]:
    """Return the event with records of one shard of the stream `name`.

    A record without an envelope has its eventID as its id. The number of the attempt is not in the event.
    """
    return {"Records": [_record(record, str(place), name) for place, record in enumerate(records)]}


def _record(record: Record[bytes], place: str, name: str) -> dict[str, Any]:
    sent = outgoing(record)
    body, enveloped = as_body(replace(sent, id=None), f"/portable/stream/{name}")
    if enveloped is not None:
        body, _ = as_body(sent, f"/portable/stream/{name}")
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.key or "",
            "sequenceNumber": record.sequence or place,
            "data": b64encode(body).decode(),
            "approximateArrivalTimestamp": (record.sent_at or datetime.now(UTC)).timestamp(),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": record.id if enveloped is None else f"{SHARD}:{record.sequence or place}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/test",
        "awsRegion": REGION,
        "eventSourceARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}",
    }
