"""Streams in Kinesis: takes a declaration and a stream's ARN or name; returns the driver.

`unwrap(BaseClient)` gives boto3's client. A record that Kinesis did not accept is retried until the deadline. To
keep the order of each key, no request holds two records of one key. Limits: Amazon Kinesis Data Streams API, PutRecords.
"""

from __future__ import annotations

from portable.base.calls import never, passing
from portable.errors import PortableError, Unavailable
from portable.eventing.record_wire import as_body
from portable.eventing.stream_outgoing import of_distinct_keys, send_in_order
from portable_aws.runtime.errors import of_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.eventing.outgoing import Outgoing
    from portable.eventing.stream import Stream
    from portable_aws.runtime.clients import AwsClient

BATCH = 500
BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of one request with its keys, below the limit of 5 MiB."""


class KinesisStream:
    """A `StreamDriver` over one Kinesis stream."""

    def __init__(self, stream: Stream, address: str, client: AwsClient) -> None:
        self.stream = stream
        self.address = address
        self._client = client
        self._named = {"StreamARN" if address.startswith("arn:") else "StreamName": address}
        self._source = f"/portable/stream/{stream.name}"
        self._what = f'stream "{stream.name}" (Kinesis {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        entry, own = self._entry(message)
        answer = self._client.call("put_record", self._what, {**self._named, **entry})
        return own or _id(answer)

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return send_in_order(messages, of_distinct_keys(messages, BATCH, BATCH_BYTES), self._send_request)

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._client.get()
        return client if isinstance(client, native) else None

    def _entry(self, message: Outgoing) -> tuple[dict[str, Any], str | None]:
        body, own = as_body(message, self._source)
        return {"Data": body, "PartitionKey": message.group}, own

    def _send_request(self, messages: list[Outgoing]) -> list[str | PortableError]:
        """Send records until each has an outcome or the deadline is reached."""
        pending = dict(enumerate(self._entry(message) for message in messages))
        outcomes: dict[int, str | PortableError] = {}
        try:
            self._client.calls.backoff.call(lambda: self._send_pending(pending, outcomes), passing)
        except PortableError as error:
            for place in pending:
                outcomes.setdefault(place, error)
        return [outcomes[place] for place in range(len(messages))]

    def _send_pending(
        self, pending: dict[int, tuple[dict[str, Any], str | None]], outcomes: dict[int, str | PortableError]
    ) -> None:
        """Send the pending records and remove those with an outcome. Raises Unavailable if some are left."""
        places = list(pending)
        request = {**self._named, "Records": [pending[place][0] for place in places]}
        answer = self._client.call("put_records", self._what, request, never)
        for place, result in zip(places, answer["Records"], strict=True):
            code = result.get("ErrorCode")
            if code is None:
                outcomes[place] = pending.pop(place)[1] or _id(result)
                continue
            said = f"{self._what}: {code}: {result.get('ErrorMessage', '')}"
            error = outcomes[place] = of_code(code, said, 500)(said)
            if not passing(error):
                del pending[place]
        if pending:
            raise Unavailable(f"{self._what}: {len(pending)} records of a request were not accepted")


def _id(result: dict[str, Any]) -> str:
    """Return the id that Lambda gives a record."""
    return f"{result['ShardId']}:{result['SequenceNumber']}"
