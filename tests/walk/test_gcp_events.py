"""Events in every form Google Cloud sends them, at targets of an artifact under the real functions-framework."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hosts.gcp_events import encode_message, encode_object

from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable_gcp.deploy.target import target as gcp
from portable_gcp.testing.native import Native
from portable_gcp.testing.process import ServiceProcess
from portable_gcp.testing.schedule import encode_tick

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")

Start = Callable[[str], ServiceProcess]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SENT = datetime(2026, 1, 1, 0, 0, 0, 123000, UTC)
FORMS = ("push", "binary", "structured")


@pytest.fixture(scope="module")
def folder(package: Any) -> Path:
    return package("tests/apps/arrivals", "gcp") / "bundle"


@pytest.fixture(scope="module")
def start(folder: Path) -> Iterator[Start]:
    """Return a function that starts a target once and gives its service."""
    running: dict[str, ServiceProcess] = {}
    with ExitStack() as stack:

        def host(target: str) -> ServiceProcess:
            if target not in running:
                # what the functions API sets for a function with an event trigger: the target takes a request all the same
                environment = {"FUNCTION_SIGNATURE_TYPE": "cloudevent"}
                running[target] = stack.enter_context(ServiceProcess(folder, target, environment))
            return running[target]

        yield host


def send(host: ServiceProcess, native: Native) -> int:
    return host.send(native).status


def doctor(bundle: Path, commands: list[list[str]]) -> list[subprocess.CompletedProcess[str]]:
    """Run a target's doctor commands in a bundle, as `portable doctor` does."""
    environment = {**os.environ, "PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1"}
    return [
        subprocess.run(command, cwd=bundle, env=environment, capture_output=True, text=True, check=False)
        for command in commands
    ]


def lines(host: ServiceProcess, message: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in host.log.splitlines() if line.startswith("{")]
    return [line for line in found if line["message"] == message]


@pytest.mark.parametrize("form", FORMS)
def test_a_message_arrives_whole_in_every_form(start: Start, form: str) -> None:
    message = Message(f"m-{form}", b"\x00\xff", 2, {"kind": "fragile", "é": "ü"}, SENT, "street", PARENT)
    assert send(start("parcel"), encode_message(message, form)) == 204
    line = next(line for line in lines(start("parcel"), "parcel") if line["id"] == f"m-{form}")
    assert line["payload"] == "AP8="
    assert line["attempt"] == line["counted"] == 2
    assert line["attributes"] == {"kind": "fragile", "é": "ü"}
    assert line["sent_at"] == SENT.isoformat()
    assert line["group"] == "street"
    assert line["traceparent"] == PARENT
    assert line["logging.googleapis.com/trace"] == "projects/test-project/traces/0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(("attempt", "status"), [(1, 500), (2, 500), (3, 204), (4, 204), (None, 500)])
def test_a_failed_message_comes_again_until_the_last_attempt(start: Start, attempt: int | None, status: int) -> None:
    message = Message(f"f-{attempt}", b"fail", attempt)
    assert send(start("parcel"), encode_message(message)) == status
    calls = [line for line in lines(start("parcel"), "parcel") if line["id"] == f"f-{attempt}"]
    assert len(calls) == (0 if attempt == 4 else 1)


def test_an_async_handler_takes_json(start: Start) -> None:
    assert send(start("letter"), encode_message(Message("1", b'{"a": 1}', 1, group="g"))) == 204
    assert lines(start("letter"), "letter")[0]["payload"] == {"a": 1}


@pytest.mark.parametrize("form", ["notification", "binary", "structured"])
def test_an_object_arrives_in_every_form(start: Start, form: str) -> None:
    stored = StoredObject("box", f"in/{form} é%2F.jpg", 42, "etag", "9")
    assert send(start("put"), encode_object(stored, "created", form)) == 204
    line = next(line for line in lines(start("put"), "put") if form in line["key"])
    assert (line["key"], line["size"], line["etag"]) == (stored.key, 42, "etag")
    assert line["attempt"] == (1 if form == "notification" else None)


def test_a_failed_object_event_counts_its_attempts_through_pubsub(start: Start) -> None:
    stored = StoredObject("box", "in/broken.jpg", 1, "e", "1")
    assert send(start("put"), encode_object(stored, "created", "notification", 1)) == 500
    assert send(start("put"), encode_object(stored, "created", "notification", 3)) == 204
    assert send(start("put"), encode_object(stored, "created", "binary")) == 500


@pytest.mark.parametrize(("day", "calls"), [(20454, 1), (20455, 0)])
def test_every_second_day_is_counted_from_1970(start: Start, day: int, calls: int) -> None:
    due = datetime.fromtimestamp(day * 86400, UTC)
    assert send(start("alternate"), encode_tick(Tick(due))) == 204
    assert len([line for line in lines(start("alternate"), "alternate") if line["due"] == due.isoformat()]) == calls


def test_a_failed_schedule_is_500_so_that_the_job_tries_again(start: Start) -> None:
    due = datetime.fromtimestamp(20454 * 86400 + 13 * 3600, UTC)
    assert send(start("alternate"), encode_tick(Tick(due))) == 500


WRONG = {
    "parcel": (encode_tick(Tick(SENT)), "an HTTP request without a body"),
    "put": (encode_message(Message("1", b"x", 1)), "a Pub/Sub message"),
    "ownHttp": (
        encode_object(StoredObject("box", "k", 1, "e", "1"), "created", "structured"),
        'an event "google.cloud.storage.object.v1.finalized" of //storage.googleapis.com/projects/_/buckets/box',
    ),
    "alternate": (encode_message(Message("1", b"x", 1)), "a Pub/Sub message"),
    "letter": (Native("GET", "/"), "an HTTP GET request"),
}


@pytest.mark.parametrize("target", WRONG)
def test_another_event_is_refused_and_named(start: Start, target: str) -> None:
    native, came = WRONG[target]
    answer = start(target).send(native)
    assert answer.status == 400
    assert answer.json()["came"] == came
    assert answer.json()["detail"] == f"expected {answer.json()['expected']}, but {came} came"


def test_what_http_forbids_in_an_answer_is_a_500_of_ours(start: Start) -> None:
    assert start("http").request("GET", "/").status == 500
    plain = start("http").request("GET", "/plain")
    assert plain.body == b"\x00\xff"
    assert plain.header("content-type") == "application/octet-stream"
    assert plain.header("x-note").encode("latin-1").decode() == "café"
    assert plain.header("x-many") == "1, 2"


def test_a_target_imports_only_what_it_needs(folder: Path) -> None:
    script = (
        "import sys, functions_framework as f; f.create_app(sys.argv[1], 'main.py'); "
        "print(*sorted(m for m in sys.modules if m in ('web', 'arrivals') or m.startswith(('entry_', 'portable'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "parcel"], cwd=folder, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""},
    )  # fmt: skip
    loaded = done.stdout.split()
    assert "arrivals" in loaded
    assert "web" not in loaded
    assert [name for name in loaded if name.startswith("entry_")] == ["entry_parcel"]
    assert "portable_gcp.runtime.http" not in loaded
    assert not [name for name in loaded if name.startswith(("portable.tooling.app.signature", "portable.tooling"))]


def test_the_doctor_loads_every_target_and_says_what_it_found(folder: Path) -> None:
    commands = gcp.doctor(folder, sys.executable)
    done = doctor(folder, commands)
    assert [(one.returncode, one.stdout.strip()) for one in done] == [
        (0, f"main.py:{name} loads") for name in ("alternate", "handle", "http", "letter", "ownHttp", "parcel", "put")
    ], [one.stderr for one in done]


def test_the_doctor_shows_the_users_own_traceback(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "bundle"
    shutil.copytree(folder, broken, ignore=lambda _folder, names: [n for n in names if n.endswith(".pyc")])
    (broken / "web.py").write_text("import nothing_here.at_all\n")
    (broken / "arrivals.py").write_text("import math\nmath.does_not_exist\n")
    commands = {command[-2]: command for command in gcp.doctor(broken, sys.executable)}
    done = dict(zip(("http", "parcel"), doctor(broken, [commands["http"], commands["parcel"]]), strict=True))
    assert done["http"].returncode == 1
    assert "No module named 'nothing_here'" in done["http"].stderr
    assert done["parcel"].returncode == 1
    assert "has no attribute 'does_not_exist'" in done["parcel"].stderr
    assert 'arrivals.py", line 2' in done["parcel"].stderr


def test_an_app_with_a_module_main_keeps_it(package: Any, tmp_path: Path) -> None:
    app = tmp_path / "greeter"
    app.mkdir()
    (app / "main.py").write_text(
        "from portable import function, http\n"
        '@function(http.get("/hi"))\n'
        'def hello(name: str = "you") -> str:\n'
        '    return f"hello {name}"\n'
    )
    folder = package(str(app), "gcp") / "bundle"
    assert [one.returncode for one in doctor(folder, gcp.doctor(folder, sys.executable))] == [0]
    with ServiceProcess(folder, "http", source="portable_main.py") as host:
        assert host.request("GET", "/hi?name=Ada").body == b"hello Ada"
