"""A packaged app, each of its tasks in a process as IronWorker starts it: a command, a payload file, an environment."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from walk.command import Command

from portable.eventing.message import Message
from portable_ironworker.runtime.task import Task
from portable_ironworker.testing.artifact import run_task
from portable_ironworker.testing.tasks import encode_message

SECRET = {"PORTABLE_SECRET_API_TOKEN": "grüße"}


@pytest.fixture(scope="module")
def folder(package: Any) -> Path:
    found: Path = package("tests/apps/tasks", "ironworker")
    return found


@pytest.fixture
def bundle(folder: Path) -> Path:
    return folder / "bundle"


def lines(done: subprocess.CompletedProcess[str], message: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [line for line in found if line["message"] == message]


def test_the_folder_is_what_the_image_is_built_of(folder: Path, bundle: Path) -> None:
    assert {path.name for path in bundle.iterdir()} >= {
        "Dockerfile",
        "tasks_app.py",
        "entry_paid.py",
        "entry_sweep.py",
        "entry_work.py",
        "portable",
        "portable_ironworker",
        "register.py",
        "worker.py",
        "workers.json",
    }
    assert not list((bundle / "portable_ironworker").rglob("deploy"))
    assert (bundle / "Dockerfile").read_text().splitlines()[1].startswith("FROM python:3.")
    notes = json.loads((folder / "manifest.json").read_text())["notes"]
    assert any("tasks_app.py:" in note and "not the function's response" in note for note in notes)
    assert any("tasks_app.py:" in note and "Message.attempt and Context.attempt are None" in note for note in notes)


def test_doctor_loads_every_worker(folder: Path, portable: Command) -> None:
    done = portable("doctor", str(folder), folder=folder, code=None)
    assert done.returncode == 0, done.stderr
    for module in ("entry_paid", "entry_sweep", "entry_work"):
        assert f"worker.py loads {module}" in done.stdout


@pytest.mark.parametrize("arguments", [False, True], ids=["by the environment", "by arguments"])
def test_a_task_is_told_in_either_way(bundle: Path, arguments: bool) -> None:
    done = run_task(bundle, "entry_work", Task("t-1", b'{"a": 1, "b": 2}'), {}, arguments)
    assert done.returncode == 0, done.stdout
    (line,) = lines(done, "worked")
    assert (line["id"], line["sum"], line["counted"], line["requestId"]) == ("t-1", 3, None, "t-1")


def test_a_message_with_attributes_arrives_whole(bundle: Path) -> None:
    done = run_task(bundle, "entry_work", encode_message(Message("m-7", b'{"a": 5}', 1, {"k": "ü"})), {})
    assert done.returncode == 0, done.stdout
    assert [(line["id"], line["sum"]) for line in lines(done, "worked")] == [("m-7", 5)]


@pytest.mark.parametrize("payload", [b'{"exit": 1}', b"no JSON", b"", b"\xff\x00"])
def test_a_message_that_fails_is_a_task_that_is_run_again(bundle: Path, payload: bytes) -> None:
    assert run_task(bundle, "entry_work", Task("t", payload), {}).returncode == 1


def test_a_webhook_gets_the_body_and_its_response_decides_the_state_of_the_task(bundle: Path) -> None:
    done = run_task(bundle, "entry_paid", Task("t", b'{"cents": 7}'), SECRET)
    assert done.returncode == 0, done.stdout
    assert [(line["cents"], line["letters"]) for line in lines(done, "paid")] == [(7, 5)]
    assert len(lines(done, "paid replied 200; on IronWorker nobody receives this response")) == 1
    refused = run_task(bundle, "entry_paid", Task("t", b'{"cents": -7}'), SECRET)
    assert (
        refused.returncode,
        len(lines(refused, "paid replied 422; on IronWorker nobody receives this response")),
    ) == (1, 1)
    assert run_task(bundle, "entry_paid", Task("t", b"{"), SECRET).returncode == 1


def test_a_schedule_runs_for_the_last_time_of_its_interval_with_the_config_of_its_package(bundle: Path) -> None:
    done = run_task(bundle, "entry_sweep", Task("t", b'{"portable": "tick"}'), {"PORTABLE_SETTING_GREETING": "hi"})
    assert done.returncode == 0, done.stdout
    (line,) = lines(done, "sweeping")
    due, fired = datetime.fromisoformat(line["due"]), datetime.fromisoformat(line["fired"])
    assert timedelta(0) <= fired - due < timedelta(hours=6)
    assert (due.hour % 6, due.minute, due.second) == (0, 0, 0)
    assert (line["mode"], line["greeting"]) == ("a 'b' \"c\" ü", "hi")


def test_a_task_of_another_function_is_refused_and_says_so(bundle: Path) -> None:
    done = run_task(bundle, "entry_sweep", Task("t", b'{"a": 1}'), {})
    assert (done.returncode, "sweep was not called: " in done.stdout) == (2, True)
    assert run_task(bundle, "entry_work", Task("t", b'{"portable": "tick"}'), {}).returncode == 2


def test_an_app_that_does_not_load_is_a_failed_task_with_its_traceback(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks_app.py").write_text("raise RuntimeError('the app is broken')\n")
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(bundle)!r}]; import worker; sys.exit(worker.main(['entry_work']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, "the app is broken" in done.stderr) == (1, True)
