"""A packaged app under the server of the template python3-http: flask behind waitress, laid out as in its image."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hosts.openfaas_events import sns_message
from walk.command import Command

from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable_openfaas.testing.artifact import FaasProcess
from portable_openfaas.testing.encode import encode_message, encode_tick
from portable_openfaas.testing.native import Native

pytest.importorskip("flask", reason='flask is not installed: pip install "portable-functions[openfaas]"')
pytest.importorskip("waitress", reason='waitress is not installed: pip install "portable-functions[openfaas]"')

Start = Callable[[str], FaasProcess]


@pytest.fixture(scope="module")
def folder(package: Any) -> Path:
    found: Path = package("tests/apps/connected", "openfaas")
    return found


@pytest.fixture(scope="module")
def start(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Return a function that starts an OpenFaaS function once, by the module that runs it."""
    secret = tmp_path_factory.mktemp("secrets") / "api-token"
    secret.write_text("grüße", encoding="utf-8")
    running: dict[str, FaasProcess] = {}
    with ExitStack() as stack:

        def started(module: str) -> FaasProcess:
            if module not in running:
                environment = {"PORTABLE_SECRET_API_TOKEN": str(secret)}
                running[module] = stack.enter_context(FaasProcess(folder / "bundle", module, environment))
            return running[module]

        yield started


def lines(process: FaasProcess, message: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in process.log.splitlines() if line.startswith("{")]
    return [line for line in found if line["message"] == message]


def test_the_folder_is_what_faas_cli_builds(folder: Path) -> None:
    bundle = folder / "bundle"
    names = {path.name for path in bundle.iterdir()} - {"__pycache__"}
    assert names == {
        "app.py",
        "entry_hear.py",
        "entry_nightly.py",
        "entry_work.py",
        "handler.py",
        "http_entry.py",
        "portable",
        "portable_openfaas",
        "requirements.txt",
        "stack.yaml",
    }
    assert "--hash=sha256:" in (bundle / "requirements.txt").read_text()
    assert not list(bundle.rglob("deploy")) + list(bundle.rglob("testing"))
    notes = json.loads((folder / "manifest.json").read_text())["notes"]
    assert any("app.py:" in note and "attempts are made within this call" in note for note in notes)


def test_doctor_loads_every_function(folder: Path, portable: Command) -> None:
    done = portable("doctor", str(folder), folder=folder, code=None)
    if "cannot be installed here" in done.stderr:
        pytest.skip(f"doctor: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    for module in ("entry_hear", "entry_nightly", "entry_work", "http_entry"):
        assert f"ok  handler.py loads {module}" in done.stdout


def test_a_request_arrives_as_it_was_sent(start: Start) -> None:
    sent = Native("GET", "/echo/a%2Fb//c%20d/", "x=1&y=&x=2", (("x-real-ip", "203.0.113.9"),))
    reply = start("http_entry").send(sent)
    assert (reply.status, reply.header("content-type")) == (200, "application/json")
    assert reply.json() == {
        "method": "GET",
        "raw_path": "/echo/a%2Fb//c%20d/",
        "path_params": {"path": "a/b//c d/"},
        "query": [["x", "1"], ["y", ""], ["x", "2"]],
        "client_ip": "203.0.113.9",
    }


def test_bytes_and_each_cookie_arrive(start: Start) -> None:
    content = bytes(range(256))
    reply = start("http_entry").send(Native("POST", "/echo/x", "", (), content))
    assert (reply.status, reply.body) == (201, content)
    assert len(reply.all("set-cookie")) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("GET", "/nowhere", b"", 404), ("DELETE", "/secret", b"", 405), ("POST", "/echo/x", b"x" * 1001, 413)],
)
def test_what_is_amiss_is_refused_in_our_words(start: Start, method: str, path: str, body: bytes, status: int) -> None:
    reply = start("http_entry").send(Native(method, path, "", (), body))
    assert (reply.status, reply.header("content-type")) == (status, "application/json")
    assert reply.json()["detail"]


def test_head_arrives_and_options_are_answered_by_flask(start: Start) -> None:
    head = start("http_entry").send(Native("HEAD", "/echo/x"))
    assert (head.status, head.body) == (200, b"")
    assert int(head.header("content-length") or 0) > 0
    options = start("http_entry").send(Native("OPTIONS", "/echo/x"))
    assert options.status == 200  # the gap: ours would be 204 with the methods of the path
    assert "PATCH" in (options.header("allow") or "")


def test_a_secret_is_read_from_its_file(start: Start) -> None:
    reply = start("http_entry").send(Native("GET", "/secret"))
    assert (reply.status, reply.json()) == (200, {"letters": 5})


def test_probes_are_answered(start: Start) -> None:
    for module in ("http_entry", "entry_hear", "entry_nightly"):
        reply = start(module).send(Native("GET", "/_/health"))
        assert (reply.status, reply.body) == (200, b"OK")


def test_a_schedule_runs_for_the_minute_of_its_call(start: Start) -> None:
    due = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
    assert start("entry_nightly").send(encode_tick(Tick(due))).status == 204
    (line,) = lines(start("entry_nightly"), "tick")
    assert (line["due"], line["counted"], line["function"]) == (due.isoformat(), 1, "nightly")


def test_a_message_is_tried_again_within_its_call(start: Start) -> None:
    process = start("entry_hear")
    assert process.send(encode_message(Message("m-1", b"good", None, {"level": "high"}), "news")).status == 204
    assert process.send(sns_message(Message("m-2", b"bad", None, {"level": "high"}), "news")).status == 204
    assert process.send(encode_message(Message("m-3", b"low", None, {"level": "low"}), "news")).status == 204
    assert [(line["id"], line["counted"]) for line in lines(process, "heard")] == [("m-1", 1), ("m-2", 1), ("m-2", 2)]


def test_a_message_of_the_queue_is_decoded_and_a_tick_is_refused(start: Start) -> None:
    process = start("entry_work")
    assert process.send(encode_message(Message("m", b'{"a": 1, "b": 2}'), "jobs")).status == 204
    (line,) = lines(process, "worked")
    assert (line["id"], line["sum"]) == ("m", 3)
    refused = process.send(encode_tick(Tick(datetime(2026, 1, 1, tzinfo=UTC))))
    assert (refused.status, b"cron connector" in refused.body) == (400, True)
