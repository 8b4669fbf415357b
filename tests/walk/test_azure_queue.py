"""Delivery on a real queue service: attempts, dead letters and what they say, through the generated functions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from processes.azure.azure_bundle import make_bundle

storage_queue = pytest.importorskip("azure.storage.queue", reason="uv pip install azure-storage-queue")

LISTENER = Path(__file__).resolve().parents[1] / "hosts" / "azure_queues.py"
APP = """
import json
from typing import Annotated
from portable import Context, Message, Queue, QueueSender, Retry, function

jobs = Queue("jobs")

def say(kind: str, message: Message, **more: object) -> None:
    print(json.dumps({kind: {"id": message.id, "attempt": message.attempt, "attributes": message.attributes} | more}))

@function(jobs.messages(), retry=Retry(attempts=3), dead_letter=True)
def work(message: Message[dict], more: Annotated[QueueSender, jobs], context: Context) -> None:
    say("work", message, payload=message.payload, context=context.attempt)
    if message.payload.get("fail"):
        raise ValueError("no such thing")
    if message.payload.get("die"):
        raise SystemExit(1)
    if "then" in message.payload:
        print(json.dumps({"sent": more.send(message.payload["then"], attributes={"from": "work"})}))

@function(jobs.dead_letters.messages())
async def bury(message: Message[bytes]) -> None:
    say("bury", message, payload=message.payload.decode())
"""

SENT = ['{"then": {"n": 1}}', '{"fail": true}', '{"die": true}', "not json", '{"then": {"fail": true}}']


@pytest.fixture(scope="module")
def lines(azure_storage: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the functions and the listener printed when all that was sent had been delivered."""
    folder = tmp_path_factory.mktemp("azure-queue")
    (folder / "source").mkdir()
    (folder / "source" / "app.py").write_text(APP)
    make_bundle(folder / "source", "letters", folder / "bundle")
    service = storage_queue.QueueServiceClient.from_connection_string(azure_storage)
    for name in ("jobs", "jobs-poison"):
        service.create_queue(name)
    for text in SENT:
        service.get_queue_client("jobs").send_message(text)
    service.close()
    settings = {
        "AzureWebJobsStorage": azure_storage,
        "PORTABLE_QUEUE_JOBS": "jobs",
        "PORTABLE_DEAD_JOBS": "jobs-poison",
        "PORTABLE_FEED_WORK": "jobs",
        "PORTABLE_FEED_BURY": "jobs-poison",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-P", str(LISTENER)],  # beside the script is another module called azure
        cwd=folder / "bundle",
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(lines: list[dict[str, Any]], kind: str) -> list[Any]:
    return [line[kind] for line in lines if kind in line]


def test_a_message_that_is_sent_by_a_handler_arrives_under_the_id_that_send_returned(lines: list[Any]) -> None:
    sent = told(lines, "sent")
    assert len(sent) == 2
    [call] = [call for call in told(lines, "work") if call["payload"] == {"n": 1}]
    assert (call["id"], call["attempt"], call["context"], call["attributes"]) == (sent[0], 1, 1, {"from": "work"})


def test_a_message_that_fails_is_tried_three_times_and_is_then_a_dead_letter(lines: list[Any]) -> None:
    calls = [call for call in told(lines, "work") if call["payload"] == {"fail": True} and not call["attributes"]]
    assert [call["attempt"] for call in calls] == [1, 2, 3]
    [dead] = [call for call in told(lines, "bury") if call["id"] == calls[0]["id"]]
    assert json.loads(dead["payload"]) == {"fail": True}
    assert dead["attributes"] == {
        "portable-attempts": "3",
        "portable-error-type": "ValueError",
        "portable-error": "no such thing",
    }


def test_a_dead_letter_keeps_the_id_and_the_attributes_of_what_was_sent(lines: list[Any]) -> None:
    [dead] = [call for call in told(lines, "bury") if call["id"] == told(lines, "sent")[1]]
    assert dead["attributes"]["from"] == "work"
    assert dead["attributes"]["portable-attempts"] == "3"


def test_a_handler_that_wants_to_end_the_process_fails_like_any_other(lines: list[Any]) -> None:
    calls = [call for call in told(lines, "work") if call["payload"] == {"die": True}]
    assert [call["attempt"] for call in calls] == [1, 2, 3]
    deliveries = [d for d in told(lines, "delivery") if d["id"] == calls[0]["id"] and d["queue"] == "jobs"]
    assert [d["outcome"] for d in deliveries] == ["failed", "failed", "done"]
    [dead] = [call for call in told(lines, "bury") if call["id"] == calls[0]["id"]]
    assert dead["attributes"]["portable-error-type"] == "SystemExit"


def test_a_payload_that_cannot_be_decoded_is_a_failed_attempt(lines: list[Any]) -> None:
    [dead] = [call for call in told(lines, "bury") if call["payload"] == "not json"]
    assert dead["attributes"]["portable-attempts"] == "3"
    assert not [call for call in told(lines, "work") if call["id"] == dead["id"]]


def test_the_hosts_own_net_catches_nothing(lines: list[Any]) -> None:
    assert {delivery["outcome"] for delivery in told(lines, "delivery")} == {"done", "failed"}
