from collections.abc import Iterator

import pytest
from google.pubsub_v1 import PublisherClient

from portable.conformance.topic import Queues, TopicSuite
from portable.eventing.queue import Queue
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.eventing import queue_driver, topic_driver

ADDRESS = "projects/of-topics/topics/news"


@pytest.fixture(scope="module")
def queues(pubsub_host: str) -> Iterator[Queues]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
        clients = GcpClients()
        clients.publisher().create_topic(name=ADDRESS)
        clients.subscriber().create_subscription(
            request={"name": "projects/of-topics/subscriptions/news", "topic": ADDRESS, "ack_deadline_seconds": 10}
        )
        yield Queues(
            open=lambda queue: queue_driver(queue, ADDRESS, clients),
            open_topic=lambda topic: topic_driver(topic, ADDRESS, clients),
            listener=lambda: queue_driver(Queue("news"), ADDRESS, clients, poll=0.3),
            native=PublisherClient,
        )


class TestPubSub(TopicSuite):
    pass
