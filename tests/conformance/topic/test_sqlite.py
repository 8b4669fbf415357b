import pytest

from portable.conformance.topic import NEWS, Queues, TopicSuite
from portable.eventing.queue import Queue
from portable_local.runtime.eventing import queue_driver, topic_driver


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> Queues:
    path = str(tmp_path_factory.mktemp("topics") / "queues.sqlite")
    topic_driver(NEWS, path).subscribe("listener")
    return Queues(
        open=lambda queue: queue_driver(queue, path),
        open_topic=lambda topic: topic_driver(topic, path),
        listener=lambda: queue_driver(Queue("listener"), path),
    )


class TestSqlite(TopicSuite):
    pass
