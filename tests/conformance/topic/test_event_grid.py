from collections.abc import Iterator, Sequence

import pytest
from azure.eventgrid import EventGridPublisherClient
from servers.eventgrid import KEY, eventgrid

from portable.conformance.topic import NEWS, Queues, TopicSuite
from portable.errors import NotFound, PermissionDenied
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
        assert len(text.encode()) < 2 * MAX_TEXT
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
        )


class TestEventGrid(TopicSuite):
    pass


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
