import pytest

from portable.conformance.stream import CLICKS, Streams, StreamSuite
from portable.eventing.queue import Queue
from portable.eventing.record import Record
from portable.eventing.stream_feed import from_queue
from portable_local.runtime.eventing import queue_driver, stream_driver


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Streams:
    path = str(tmp_path_factory.mktemp("streams") / "messages.sqlite")
    stream = stream_driver(CLICKS, path)
    stream.subscribe("reader")

    def read(name: str) -> list[Record[bytes]]:
        queue = queue_driver(Queue(name, ordered=True), path)
        taken = queue.receive(100, 30)
        queue.acknowledge([received.receipt for received in taken])
        return [from_queue(received.message) for received in taken]

    def late() -> list[Record[bytes]]:
        stream.subscribe("late", "oldest")
        found: list[Record[bytes]] = []
        while taken := read("late"):
            found += taken
        return found

    return Streams(open=lambda _: stream_driver(CLICKS, path), read=lambda: read("reader"), late=late)


class TestSqlite(StreamSuite):
    pass
