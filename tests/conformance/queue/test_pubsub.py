from collections.abc import Iterator

import pytest
from google.pubsub_v1 import PublisherClient

from portable.conformance.queue import Queues, QueueSuite
from portable.conformance.queue_cases import JOBS, QUEUES
from portable_gcp.runtime.clients import GcpClients
from portable_gcp.runtime.eventing import queue_driver

LACKS = {
    "delayed": "Pub/Sub delays no messages",
    "deduplicated": "Pub/Sub has no deduplication ids",
    "count": "Pub/Sub tells the number of messages to Cloud Monitoring only",
}


@pytest.fixture(scope="module")
def queues(pubsub_host: str) -> Iterator[Queues]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
        clients = GcpClients()
        clients.publisher().create_topic(name="projects/of-queues/topics/net")
        for queue in QUEUES:
            topic = clients.publisher().create_topic(name=f"projects/of-queues/topics/{queue.name}")
            clients.subscriber().create_subscription(
                request={
                    "name": f"projects/of-queues/subscriptions/{queue.name}",
                    "topic": topic.name,
                    "ack_deadline_seconds": 10,
                    "enable_message_ordering": queue.ordered,
                    # Pub/Sub counts deliveries only where there is such a policy
                    "dead_letter_policy": {
                        "dead_letter_topic": "projects/of-queues/topics/net",
                        "max_delivery_attempts": 100,
                    },
                }
            )
        yield Queues(
            open=lambda queue: queue_driver(queue, f"projects/of-queues/topics/{queue.name}", clients, poll=0.3),
            lacks=LACKS,
            missing=lambda: queue_driver(JOBS, "projects/of-queues/topics/gone", clients),
            foreign=lambda text: clients.publisher().publish(
                topic=f"projects/of-queues/topics/{JOBS.name}", messages=[{"data": text.encode()}]
            ),
            native=PublisherClient,
        )


class TestPubSub(QueueSuite):
    pass
