import pytest

from portable.conformance.stream import CLICKS, Streams, StreamSuite
from portable.eventing.memory import MemoryQueue
from portable.eventing.queue import Queue
from portable.eventing.record import Record
from portable.eventing.stream_feed import from_queue
from portable.eventing.stream_memory import MemoryStream


def read(queue: MemoryQueue) -> list[Record[bytes]]:
    taken = queue.receive(100, 30)
    queue.acknowledge([received.receipt for received in taken])
    return [from_queue(received.message) for received in taken]


@pytest.fixture(scope="module")
def streams() -> Streams:
    stream, reader = MemoryStream(CLICKS), MemoryQueue(Queue("reader", ordered=True))
    stream.subscribe(reader)

    def late() -> list[Record[bytes]]:
        queue, found = MemoryQueue(Queue("late", ordered=True)), []
        stream.subscribe(queue, "oldest")
        while taken := read(queue):
            found += taken
        return found

    return Streams(open=lambda _: stream, read=lambda: read(reader), late=late, native=MemoryStream)


class TestMemory(StreamSuite):
    pass
