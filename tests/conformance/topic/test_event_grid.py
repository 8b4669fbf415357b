from base64 import b64encode
from collections.abc import Iterator, Sequence

import pytest
from azure.eventgrid import EventGridPublisherClient
from servers.eventgrid import KEY, eventgrid

from portable.conformance.topic import NEWS, Queues, TopicSuite
from portable.errors import NotFound, PermissionDenied, TooLarge
from portable.eventing.driver import Received
from portable.eventing.envelope import MAX_TEXT, read_queue_text
from portable.eventing.memory import MemoryQueue
from portable.eventing.queue import Queue
from portable_azure.runtime.clients import AzureClients
from portable_azure.runtime.eventing import topic_driver


class Delivered:
    """The storage queue a subscription delivers to: each event's JSON is a message."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def put(self, text: str) -> None:
        assert len(b64encode(text.encode())) <= MAX_TEXT, "Event Grid could not get it into the queue"
        self.texts.append(text)

    def receive(self, limit: int, seconds: float) -> list[Received]:
        taken, self.texts = self.texts[:limit], self.texts[limit:]
        return [Received(read_queue_text("of-the-queue", text, 1, any_event=True), text) for text in taken]

    def acknowledge(self, receipts: Sequence[str]) -> None:
        pass


@pytest.fixture(scope="module")
def queues() -> Iterator[Queues]:
    delivered = Delivered()
    with eventgrid(delivered.put) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_EVENTGRID_KEY", KEY)
        clients = AzureClients()
        yield Queues(
            open=lambda queue: MemoryQueue(queue),
            open_topic=lambda topic: topic_driver(topic, endpoint, clients),
            listener=lambda: delivered,  # type: ignore[arg-type,return-value]
            native=EventGridPublisherClient,
            lacks={
                "largest": "Event Grid puts an event into a storage queue as base64, so 48 KiB hold the whole event"
            },
        )


class TestEventGrid(TopicSuite):
    pass


@pytest.mark.parametrize("payload", [bytes(range(256)) * 192, '"' * 49152, "世" * 16384, b"x" * 49_000], ids=type)
def test_what_would_not_get_into_a_queue_is_refused_before_it_is_published(
    queues: Queues, payload: str | bytes
) -> None:
    with pytest.raises(TooLarge, match="49152, because Event Grid"):
        queues.publisher().publish(payload)


@pytest.mark.parametrize("payload", ["x" * 48_800, bytes(range(256)) * 150, '"' * 38_000], ids=type)
def test_as_much_as_gets_into_a_queue_is_published(queues: Queues, payload: str | bytes) -> None:
    assert queues.listener is not None
    found = queues.take_one(queues.listener(), queues.publisher().publish(payload)).message
    assert found.payload == (payload if isinstance(payload, bytes) else payload.encode())


def test_a_wrong_key_and_a_missing_topic_are_errors_of_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    with eventgrid(lambda text: None) as endpoint:
        for key, address, expected in (
            ("wrong", endpoint, PermissionDenied),
            (KEY, endpoint.replace("/api/", "/gone/api/"), NotFound),
        ):
            monkeypatch.setenv("AZURE_EVENTGRID_KEY", key)
            driver = topic_driver(NEWS, address, AzureClients())
            store = Queues(open=lambda queue: MemoryQueue(Queue("unused")), open_topic=lambda _, d=driver: d)
            with pytest.raises(expected) as caught:
                store.publisher().publish("x")
            assert caught.value.__cause__ is not None
