import pytest

from portable.conformance.queue import Queues, QueueSuite
from portable.conformance.queue_cases import QUEUES
from portable.eventing.memory import MemoryQueue


@pytest.fixture(scope="module")
def queues() -> Queues:
    made = {queue.name: MemoryQueue(queue) for queue in QUEUES}
    return Queues(open=lambda queue: made[queue.name], native=MemoryQueue, patience=3, hidden=0.05)


class TestMemory(QueueSuite):
    pass
