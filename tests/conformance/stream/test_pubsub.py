import json
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from google.pubsub_v1 import PublisherClient

from portable.conformance.stream import CLICKS, Streams, StreamSuite
from portable.errors import Timeout
from portable.eventing.record import Record
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.eventing import stream_driver
from portable_gcp.runtime.records import decode

ADDRESS = f"projects/of-streams/topics/{CLICKS.name}"
SUBSCRIPTION = f"projects/of-streams/subscriptions/{CLICKS.name}"
LACKS = {
    "sequence": "Pub/Sub numbers no messages",
    "start": "a subscription gets what is published after it was made",
}


def pushed(found: Any) -> Record[bytes]:
    """Return the record of a message as the subscription would push it."""
    message = found.message
    told = {
        "data": b64encode(message.data).decode(),
        "attributes": dict(message.attributes),
        "messageId": message.message_id,
        "publishTime": message.publish_time.isoformat().replace("+00:00", "Z"),
        "orderingKey": message.ordering_key,
    }
    body = json.dumps({"message": told, "subscription": SUBSCRIPTION}).encode()
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "wsgi.input": BytesIO(body)}
    return decode(environ, body)


@pytest.fixture(scope="module")
def streams(pubsub_host: str) -> Iterator[Streams]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
        clients = GcpClients()
        clients.publisher().create_topic(name=ADDRESS)
        clients.subscriber().create_subscription(
            request={"name": SUBSCRIPTION, "topic": ADDRESS, "enable_message_ordering": True}
        )

        def read() -> list[Record[bytes]]:
            request = {"subscription": SUBSCRIPTION, "max_messages": 100}
            pull = lambda: clients.subscriber().pull(request=request, retry=None, timeout=0.5)  # noqa: E731
            try:
                taken = clients.call(pull, "the reader").received_messages
            except Timeout:
                return []
            if taken:
                ids = [found.ack_id for found in taken]
                clients.subscriber().acknowledge(request={"subscription": SUBSCRIPTION, "ack_ids": ids})
            return [pushed(found) for found in taken]

        yield Streams(
            open=lambda stream: stream_driver(stream, ADDRESS, clients),
            read=read,
            lacks=LACKS,
            missing=lambda: stream_driver(CLICKS, "projects/of-streams/topics/gone", clients),
            foreign=lambda body, key: clients.publisher().publish(
                topic=ADDRESS, messages=[{"data": body, "ordering_key": key}]
            ),
            native=PublisherClient,
        )


class TestPubSub(StreamSuite):
    pass
