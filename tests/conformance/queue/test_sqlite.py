import pytest

from portable.conformance.queue import Queues, QueueSuite
from portable_local.runtime.eventing import queue_driver


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> Queues:
    path = str(tmp_path_factory.mktemp("queues") / "queues.sqlite")
    return Queues(open=lambda queue: queue_driver(queue, path), patience=3, hidden=0.05)


class TestSqlite(QueueSuite):
    pass
