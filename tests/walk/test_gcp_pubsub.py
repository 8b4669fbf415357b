"""Pub/Sub's emulator pushes to a target of an artifact under functions-framework: sent, handled, tried again, buried."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from servers.process import free_port
from servers.pubsub_push import counting

from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable_gcp.testing.process import ServiceProcess

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")
pytest.importorskip(
    "google.pubsub_v1", reason='Pub/Sub\'s client is not installed: pip install "portable-functions[gcp]"'
)

QUEUE = Queue("fragile")
TOPIC, DEAD = "projects/p/topics/fragile", "projects/p/topics/fragile-poison"


class Running(NamedTuple):
    """The service, and the drivers of its queue and of its dead letters."""

    service: ServiceProcess
    queue: Any
    dead: Any


@pytest.fixture(scope="module")
def running(package: Any, pubsub_host: str) -> Iterator[Running]:
    from portable_gcp.runtime.clients import GcpClients
    from portable_gcp.runtime.eventing import queue_driver

    bundle: Path = package("tests/apps/arrivals", "gcp") / "bundle"
    port = free_port()
    with counting(port) as relay, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
        clients = GcpClients()
        for topic in (TOPIC, DEAD):
            clients.publisher().create_topic(name=topic)
        names = {topic: topic.replace("topics", "subscriptions") for topic in (TOPIC, DEAD)}
        clients.subscriber().create_subscription(
            request={"name": names[DEAD], "topic": DEAD, "ack_deadline_seconds": 10}
        )
        clients.subscriber().create_subscription(
            request={
                "name": names[TOPIC],
                "topic": TOPIC,
                "ack_deadline_seconds": 10,
                "push_config": {"push_endpoint": relay.url},
                "retry_policy": {"minimum_backoff": {"seconds": 0}, "maximum_backoff": {"seconds": 0}},
                "dead_letter_policy": {"dead_letter_topic": DEAD, "max_delivery_attempts": 5},
            }
        )
        environment = {
            "PUBSUB_EMULATOR_HOST": pubsub_host,
            "PORTABLE_QUEUE_FRAGILE": TOPIC,
            "PORTABLE_DEAD_FRAGILE": DEAD,
        }
        with ServiceProcess(bundle, "handle", environment, port=port) as found:
            yield Running(
                found,
                queue_driver(QUEUE, TOPIC, clients),
                queue_driver(QUEUE.dead_letters, DEAD, clients, poll=0.3),
            )


def handled(host: ServiceProcess, message: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in host.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == "handle" and line["id"] == message]


def until(found: Callable[[], Any]) -> Any:
    """Return the first true answer within twenty seconds, else the last."""
    end = time.monotonic() + 20
    while not (answer := found()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def test_a_message_is_handled_once_with_the_id_that_sending_returned(running: Running) -> None:
    message = running.queue.send(Outgoing(b"hello", True, {"a": "1"}))
    calls = until(lambda: handled(running.service, message))
    assert [(call["payload"], call["attempt"]) for call in calls] == [("hello", 1)]


def test_a_message_that_fails_is_tried_as_often_as_declared_and_then_buried(running: Running) -> None:
    message = running.queue.send(Outgoing(b"fail", True, {"a": "1"}))
    [received] = until(lambda: running.dead.receive(1, 10))
    assert [call["attempt"] for call in handled(running.service, message)] == [1, 2]
    assert received.message.id == message
    assert received.message.payload == b"fail"
    assert received.message.attributes == {
        "a": "1",
        "portable-attempts": "2",
        "portable-error-type": "ValueError",
        "portable-error": "it broke",
    }
    running.dead.acknowledge([received.receipt])
