from collections.abc import Iterator

import pytest
from nats.aio.client import Client

from portable.conformance.stream import CLICKS, Streams, StreamSuite
from portable.eventing.record import Record
from portable_container.runtime.eventing import stream_driver
from portable_container.runtime.eventing_wire import GROUP, read_record
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_consuming import Consuming
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import consumers, make, of_stream

ADDRESS = "of_streams_stream_clicks"


@pytest.fixture(scope="module")
def streams(nats_url: str) -> Iterator[Streams]:
    nats = Nats(nats_url)
    config = of_stream(ADDRESS)

    def reader(name: str, start: str) -> Consuming:
        address = f"{ADDRESS}/{name}"
        make(nats, config, consumers(address, partitioned=True, start=start))
        return Consuming(nats, address_of(address), "the reader", partitioned=True)

    def read(consuming: Consuming) -> list[Record[bytes]]:
        taken = consuming.take(100)
        consuming.acknowledge([found.reply for found in taken])
        return [read_record(found) for found in taken]

    def late() -> list[Record[bytes]]:
        consuming, found = reader("late", "all"), list[Record[bytes]]()
        while taken := read(consuming):
            found += taken
        return found

    def foreign(body: bytes, key: str) -> None:
        nats.ask(address_of(ADDRESS).partition(key), body, {GROUP: key})

    usual = reader("usual", "new")
    yield Streams(
        open=lambda stream: stream_driver(stream, ADDRESS, nats),
        read=lambda: read(usual),
        missing=lambda: stream_driver(CLICKS, "of_streams_stream_gone", nats),
        foreign=foreign,
        late=late,
        native=Client,
    )
    nats.close()


class TestJetStream(StreamSuite):
    pass
