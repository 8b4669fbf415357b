"""Google's Pub/Sub emulator takes every topic and subscription as they are generated, and the drivers find them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.pubsub import pubsub

from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue

pytest.importorskip(
    "google.pubsub_v1", reason='Pub/Sub\'s client is not installed: pip install "portable-functions[gcp]"'
)
GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("*/gcp/main.tf.json"))
DURATION = re.compile(r"(\d+)s")
WEEK = 7 * 86_400
"""The longest retention that the emulator knows; the service has 31 days."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from portable_gcp.runtime.clients import GcpClients

    with pubsub(tmp_path_factory.mktemp("pubsub")) as host, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", host)
        yield GcpClients()


def read(path: Path, project: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the topics and subscriptions of a configuration as requests, by label."""
    resources = json.loads(path.read_text(encoding="utf-8"))["resource"]
    topics = {
        label: f"projects/{project}/topics/{one['name']}" for label, one in resources["google_pubsub_topic"].items()
    }

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: resolved(item) for name, item in value.items()}
        if not isinstance(value, str):
            return value
        if DURATION.fullmatch(value):
            return {"seconds": min(int(value[:-1]), WEEK)}
        topic = re.fullmatch(r"\$\{google_pubsub_topic\.([\w-]+)\.id\}", value)
        if topic:
            return topics[topic[1]]
        if value.startswith("${google_service_account."):
            return "push@p.iam.gserviceaccount.com"
        return re.sub(r"^\$\{google_cloudfunctions2_function\.([\w-]+)\..*\}$", r"http://127.0.0.1:9/\1", value)

    ours = ("depends_on", "expiration_policy")
    found = {}
    for label, one in resources["google_pubsub_subscription"].items():
        request = resolved({name: value for name, value in one.items() if name not in ours})
        found[label] = request | {"name": f"projects/{project}/subscriptions/{one['name']}"}
    return topics, found


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parts[-3])
def test_the_emulator_takes_what_is_generated(emulator: Any, path: Path) -> None:
    topics, subscriptions = read(path, f"of-{path.parts[-3]}")
    for topic in topics.values():
        emulator.publisher().create_topic(name=topic)
    for request in subscriptions.values():
        made = emulator.subscriber().create_subscription(request=request)
        assert made.topic == request["topic"]
        assert made.ack_deadline_seconds == request.get("ack_deadline_seconds", 10)
        assert made.filter == request.get("filter", "")
        assert made.enable_message_ordering == request.get("enable_message_ordering", False)
        assert made.push_config.push_endpoint == request.get("push_config", {}).get("push_endpoint", "")


def test_dead_letters_wait_where_their_driver_looks(emulator: Any) -> None:
    from portable_gcp.runtime.eventing import queue_driver

    topics, subscriptions = read(next(path for path in GOLDEN if path.parts[-3] == "deployed"), "looking")
    emulator.publisher().create_topic(name=topics["jobs-poison"])
    emulator.subscriber().create_subscription(request=subscriptions["jobs-poison"])
    driver = queue_driver(Queue("jobs").dead_letters, topics["jobs-poison"], emulator, poll=5)
    driver.send(Outgoing(b"lost", text=False, attributes={}))
    assert [message.payload for message in driver.peek(1)] == [b"lost"]
