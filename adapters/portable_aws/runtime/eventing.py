"""Queues in SQS and topics in SNS: takes a declaration and a queue URL or topic ARN; returns drivers.

`unwrap(BaseClient)` gives boto3's client. A queue whose URL ends in `.fifo` gets a group and a deduplication id with
each message, as SQS requires. Limits: Amazon SQS developer guide, "message quotas"; Amazon SNS API, Publish.
"""

from __future__ import annotations

from portable.base.calls import never, passing
from portable.errors import PortableError, Unavailable, UnsupportedError
from portable.eventing import wire
from portable.eventing.driver import Received
from portable.eventing.message import ALONE
from portable_aws.runtime.clients import AwsClient, shared
from portable_aws.runtime.errors import of_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue
    from portable.eventing.stream import Stream
    from portable.eventing.topic import Topic
    from portable_aws.runtime.eventing_streams import KinesisStream

BATCH = 10
BATCH_BYTES = 256 * 1024
"""The size of a request that every SQS endpoint accepts (SQS itself 1 MiB since 2025, emulators 256 KiB)."""
LOOK_SECONDS = 20
"""Seconds for which `peek` hides a message while it looks for more."""
_SYSTEM = ["ApproximateReceiveCount", "SentTimestamp", "MessageGroupId"]


def queue_driver(queue: Queue, address: str, client: AwsClient | None = None, poll: int = 1) -> SqsQueue:
    """Return the driver of the SQS queue at the URL `address`; `receive` waits up to `poll` seconds for a message."""
    return SqsQueue(queue, address, client or shared("sqs"), poll)


def topic_driver(topic: Topic, address: str, client: AwsClient | None = None) -> SnsTopic:
    """Return the driver of the SNS topic with the ARN `address`."""
    return SnsTopic(topic, address, client or shared("sns"))


def stream_driver(stream: Stream, address: str, client: AwsClient | None = None) -> KinesisStream:
    """Return the driver of the Kinesis stream with the ARN or name `address`."""
    from portable_aws.runtime.eventing_streams import KinesisStream

    return KinesisStream(stream, address, client or shared("kinesis"))


class SqsQueue:
    """A `QueueDriver` over one SQS queue."""

    def __init__(self, queue: Queue, address: str, client: AwsClient, poll: int) -> None:
        self.queue = queue
        self.address = address
        self._poll = poll
        self._client = client
        self._fifo = address.endswith(".fifo")
        self._what = f'queue "{queue.name}" (SQS {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        answer = self._call("send_message", self._entry(message))
        return message.id or str(answer["MessageId"])

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        outcomes: dict[int, str | PortableError] = {}
        for batch in _batches([self._entry(message) for message in messages]):
            self._send_pending(dict(batch), messages, outcomes)
        return [outcomes[place] for place in range(len(messages))]

    def count(self) -> int:  # noqa: D102
        names = ["", "NotVisible", "Delayed"]
        wanted = [f"ApproximateNumberOfMessages{name}" for name in names]
        answer = self._call("get_queue_attributes", {"AttributeNames": wanted})
        return sum(int(answer["Attributes"].get(name, 0)) for name in wanted)

    def peek(self, limit: int) -> list[Message[bytes]]:  # noqa: D102
        found: list[Received] = []
        while len(found) < limit:
            more = self.receive(min(BATCH, limit - len(found)), LOOK_SECONDS)
            if not more:
                break
            found += more
        for start in range(0, len(found), BATCH):
            entries = [
                {"Id": str(place), "ReceiptHandle": received.receipt, "VisibilityTimeout": 0}
                for place, received in enumerate(found[start : start + BATCH])
            ]
            self._call("change_message_visibility_batch", {"Entries": entries})
        return [received.message for received in found]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        request = {
            "MaxNumberOfMessages": min(limit, BATCH),
            "VisibilityTimeout": -int(-seconds // 1),
            "WaitTimeSeconds": self._poll,  # a short poll (0) asks only some of the servers of SQS
            "MessageAttributeNames": ["All"],
            "MessageSystemAttributeNames": _SYSTEM,
        }
        answer = self._call("receive_message", request)
        return [Received(_read(found), found["ReceiptHandle"]) for found in answer.get("Messages", ())]

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        for start in range(0, len(receipts), BATCH):
            handles = receipts[start : start + BATCH]
            entries = [{"Id": str(place), "ReceiptHandle": handle} for place, handle in enumerate(handles)]
            self._call("delete_message_batch", {"Entries": entries})

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._client.get()
        return client if isinstance(client, native) else None

    def _call(self, method: str, request: dict[str, Any]) -> Any:
        return self._client.call(method, self._what, {"QueueUrl": self.address, **request})

    def _entry(self, message: Outgoing) -> dict[str, Any]:
        body, attributes = wire.as_text(message)
        entry: dict[str, Any] = {"MessageBody": body, "MessageAttributes": _typed(attributes)}
        if message.delay:
            if self._fifo:
                raise UnsupportedError(
                    f"{self._what} is a FIFO queue, where SQS cannot delay single messages: send without delay"
                )
            entry["DelaySeconds"] = message.delay
        if self._fifo:
            from uuid import uuid4

            entry["MessageGroupId"] = message.group or f"{ALONE}{uuid4().hex}"
            entry["MessageDeduplicationId"] = message.deduplicate or uuid4().hex
        return entry

    def _send_pending(
        self, pending: dict[int, dict[str, Any]], messages: Sequence[Outgoing], outcomes: dict[int, str | PortableError]
    ) -> None:
        """Send the entries of one batch until each has an outcome or the deadline is reached."""
        try:
            self._client.calls.backoff.call(lambda: self._send_batch(pending, messages, outcomes), passing)
        except PortableError as error:
            for place in pending:
                outcomes.setdefault(place, error)

    def _send_batch(
        self, pending: dict[int, dict[str, Any]], messages: Sequence[Outgoing], outcomes: dict[int, str | PortableError]
    ) -> None:
        """Send the pending entries and remove those with an outcome. Raises Unavailable if some are left."""
        entries = [{"Id": str(place), **entry} for place, entry in pending.items()]
        request = {"QueueUrl": self.address, "Entries": entries}
        answer = self._client.call("send_message_batch", self._what, request, again=never)
        for sent in answer.get("Successful", ()):
            place = int(sent["Id"])
            outcomes[place] = messages[place].id or sent["MessageId"]
            pending.pop(place, None)
        for refused in answer.get("Failed", ()):
            place = int(refused["Id"])
            said = f"{self._what}: {refused.get('Code')}: {refused.get('Message', '')}"
            error = of_code(refused.get("Code", ""), said, 400 if refused.get("SenderFault") else 500)(said)
            outcomes[place] = error
            if not passing(error):
                pending.pop(place, None)
        if pending:
            raise Unavailable(f"{self._what}: {len(pending)} messages of a batch were not accepted")


class SnsTopic:
    """A `TopicDriver` over one SNS topic. The driver makes the ids: with raw message delivery SNS does not pass on its own."""

    def __init__(self, topic: Topic, address: str, client: AwsClient) -> None:
        self.topic = topic
        self.address = address
        self._client = client
        self._what = f'topic "{topic.name}" (SNS {address})'

    def publish(self, message: Outgoing) -> str:  # noqa: D102
        from uuid import uuid4

        from portable.base.values import replace

        own = message.id or uuid4().hex
        body, attributes = wire.as_text(replace(message, id=own))
        request = {"TopicArn": self.address, "Message": body, "MessageAttributes": _typed(attributes)}
        self._client.call("publish", self._what, request)
        return own

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._client.get()
        return client if isinstance(client, native) else None


def _typed(attributes: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def _batches(entries: list[dict[str, Any]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Yield the entries with their places, at most ten and 256 KiB at a time."""
    batch: list[tuple[int, dict[str, Any]]] = []
    size = 0
    for place, entry in enumerate(entries):
        own = len(entry["MessageBody"].encode()) + sum(
            len(name) + len(value["StringValue"].encode()) + 6 for name, value in entry["MessageAttributes"].items()
        )
        if batch and (len(batch) == BATCH or size + own > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((place, entry))
        size += own
    if batch:
        yield batch


def _read(found: dict[str, Any]) -> Message[bytes]:
    from datetime import UTC, datetime

    system = found.get("Attributes", {})
    sent = system.get("SentTimestamp")
    return wire.read(
        found["MessageId"],
        found["Body"],
        {name: value.get("StringValue", "") for name, value in found.get("MessageAttributes", {}).items()},
        int(system["ApproximateReceiveCount"]) if "ApproximateReceiveCount" in system else None,
        None if sent is None else datetime.fromtimestamp(int(sent) / 1000, UTC),
        system.get("MessageGroupId"),
    )
