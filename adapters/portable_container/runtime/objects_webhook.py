"""A store's webhook: takes what a store posts about its objects; stores each record in the bucket's JetStream stream.

MinIO and Ceph post again what was not answered by 2xx, MinIO if its target has a `queue_dir`, Ceph if its topic is
`persistent`. A record that comes again is the same text, so its digest is the id for which the server stores one message
(within `nats_streams.RETRY_SECONDS`).
"""

from __future__ import annotations

import json
from hashlib import sha256

from portable.errors import EventError, PortableError
from portable_container.runtime.eventing_publish import Letter, publish
from portable_container.runtime.eventing_wire import UNIQUE
from portable_container.runtime.nats_clients import shared
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.objects import records_of
from portable_container.runtime.taking import UNREADABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable_container.runtime.nats_clients import Nats

EXPECTED = "what MinIO or Ceph tell of an object"


def receive(stream: str, body: bytes, nats: Nats | None = None) -> None:
    """Store the records that a store has posted in the JetStream stream of a bucket.

    Raises EventError for a body that is no notification; then nothing is stored. Raises any other error of the tree if
    not all were stored; then the store should post it again.
    """
    at = address_of(stream)
    try:
        letters = [_letter(at.subject, record) for record in records_of(json.loads(body))]
    except UNREADABLE:
        raise EventError(EXPECTED, f"a body of {len(body)} bytes that is none") from None
    if not letters:
        return
    for outcome in publish(nats or shared(), at.stream, f"the events of a bucket (JetStream {stream})", letters):
        if isinstance(outcome, PortableError):
            raise outcome


def _letter(subject: str, record: Any) -> Letter:
    if not isinstance(record["eventName"], str) or not isinstance(record["s3"]["object"]["key"], str):
        raise TypeError("record")
    text = json.dumps(record, sort_keys=True)
    own = sha256(text.encode()).hexdigest()[:32]
    return Letter(subject, f'{{"Records": [{text}]}}'.encode(), {UNIQUE: own}, lambda _: own)
