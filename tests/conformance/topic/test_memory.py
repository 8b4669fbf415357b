import pytest

from portable.conformance.topic import NEWS, Queues, TopicSuite
from portable.eventing.memory import MemoryQueue, MemoryTopic
from portable.eventing.queue import Queue


@pytest.fixture(scope="module")
def queues() -> Queues:
    queue, topic = MemoryQueue(Queue("listener")), MemoryTopic(NEWS)
    topic.subscribe(queue)
    return Queues(
        open=lambda queue: MemoryQueue(queue), open_topic=lambda _: topic, listener=lambda: queue, native=MemoryTopic
    )


class TestMemory(TopicSuite):
    pass
