from collections.abc import Iterator

import pytest
from nats.aio.client import Client

from portable.conformance.topic import Queues, TopicSuite
from portable.eventing.queue import Queue
from portable_container.runtime.eventing import queue_driver, topic_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import consumers, make, of_topic

ADDRESS = "of_topics_topic_news"
LISTENER = f"{ADDRESS}/listener"


@pytest.fixture(scope="module")
def queues(nats_url: str) -> Iterator[Queues]:
    nats = Nats(nats_url)
    other = consumers(f"{ADDRESS}/other", partitioned=False, start="new")
    make(nats, of_topic(ADDRESS), [*consumers(LISTENER, partitioned=False, start="new"), *other])
    yield Queues(
        open=lambda queue: queue_driver(queue, LISTENER, nats),
        open_topic=lambda topic: topic_driver(topic, ADDRESS, nats),
        listener=lambda: queue_driver(Queue("news"), LISTENER, nats),
        native=Client,
    )
    nats.close()


class TestJetStream(TopicSuite):
    pass
