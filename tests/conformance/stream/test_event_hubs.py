"""Event Hubs has no server that runs here: the suite runs over a stand-in of the SDK's client, and real trigger events."""

from typing import Any

import pytest
from azure.eventhub import EventData, EventHubProducerClient
from azure.eventhub.exceptions import ConnectError

from portable.conformance.stream import CLICKS, Streams, StreamSuite
from portable.eventing.record import Record
from portable_azure.runtime.clients import AzureClients
from portable_azure.runtime.eventing import stream_driver
from portable_azure.runtime.records import decode
from portable_azure.testing.records import Stored, hub_events

ADDRESS = "conformance.servicebus.windows.net/clicks"


class Hub(EventHubProducerClient):  # type: ignore[misc]
    """The client's surface that the driver uses, over a list. One key lands in one partition."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self._place = 0

    def send_batch(self, batch: list[EventData], *, partition_key: str, timeout: float) -> None:  # type: ignore[override]
        assert sum(len(event.body_as_str("latin-1")) for event in batch) < 256 * 1024
        assert 0 < timeout <= 60
        for event in batch:
            body = b"".join(event.body)
            assert all(isinstance(value, str) for value in event.properties.values())
            self.stored.append(Stored(body, partition_key, dict(event.properties), str(len(self.stored))))

    def read(self) -> list[Record[bytes]]:
        taken, self._place = self.stored[self._place :], len(self.stored)
        return decode(hub_events(taken)) if taken else []


class Gone(EventHubProducerClient):  # type: ignore[misc]
    def __init__(self) -> None:
        pass

    def send_batch(self, *_: Any, **__: Any) -> None:
        raise ConnectError("Error condition: amqp:not-found: the messaging entity could not be found")


class Clients(AzureClients):
    def __init__(self, hub: Any) -> None:
        super().__init__(credential=object(), remaining=lambda: 5)
        self._found = hub

    def hub(self, address: str) -> Any:
        assert address == ADDRESS
        return self._found


@pytest.fixture(scope="module")
def streams() -> Streams:
    hub = Hub()
    return Streams(
        open=lambda stream: stream_driver(stream, ADDRESS, Clients(hub)),
        read=hub.read,
        late=lambda: decode(hub_events(hub.stored)),
        missing=lambda: stream_driver(CLICKS, ADDRESS, Clients(Gone())),
        foreign=lambda body, key: hub.stored.append(Stored(body, key, {}, str(len(hub.stored)))),
        native=EventHubProducerClient,
    )


class TestEventHubs(StreamSuite):
    pass
