"""The engine as a process: how it is found, what it is asked, and that it always gets to its own end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from processes.tooling.deploy.fake_engine import FakeEngine, failed, planned, summary

from portable.tooling.deploy.configuration import Configuration, EngineFailed
from portable.tooling.deploy.engine import NoEngine, find_engine
from portable.tooling.deploy.events import Change
from portable.tooling.deploy.lock import Busy, locked

QUIET = lambda text: None  # noqa: E731


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path / "bin")


def configuration(engine: FakeEngine, tmp_path: Path, **more: Any) -> Configuration:
    folder = tmp_path / "infra"
    folder.mkdir(exist_ok=True)
    given = {"PATH": str(engine.folder), "HOME": str(tmp_path), "AWS_SECRET_ACCESS_KEY": "hidden-key-1"}
    return Configuration(find_engine(given), folder, "prod", given, more.pop("told", QUIET), **more)


def test_an_engine_that_is_missing_or_too_old_is_told_with_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match=r"neither terraform nor tofu is on PATH.*https://opentofu.org"):
        find_engine({"PATH": str(tmp_path)})
    FakeEngine(tmp_path / "old", version="1.10.9")
    with pytest.raises(NoEngine, match=r"Terraform 1.10.9 .* is too old: version 1.11 or newer is needed"):
        find_engine({"PATH": str(tmp_path / "old")})
    FakeEngine(tmp_path / "old", "tofu", "1.11.0-rc1")
    assert find_engine({"PATH": str(tmp_path / "old")}).title == "OpenTofu 1.11.0-rc1"


def test_exactly_the_plan_is_applied_in_the_workspace_of_the_stage(engine: FakeEngine, tmp_path: Path) -> None:
    engine.says(plan={"lines": [planned("aws_sqs_queue.jobs", "create"), "noise", summary("plan")]})
    made = configuration(engine, tmp_path)
    (made.folder / "prod.tfvars").write_text('alarm_email = "ada@example.com"')
    (made.folder / "dev.tfvars").write_text("")
    made.ready()
    assert made.plan().changes == (Change("aws_sqs_queue.jobs", "aws_sqs_queue", "jobs", "create"),)
    made.apply(lambda event: None)
    init, plan, apply = engine.calls()
    assert (init[0], init[-1]) == ("init", "")
    assert (made.folder / ".terraform" / "environment").read_text() == "prod", "where an engine reads its workspace"
    assert (made.folder / "terraform.tfstate.d" / "prod").is_dir(), "where it looks which workspaces there are"
    assert plan[-1] == apply[-1] == "prod"
    assert "-var-file=prod.tfvars" in plan
    assert not any("dev.tfvars" in text for text in plan)
    file = next(text.removeprefix("-out=") for text in plan if text.startswith("-out="))
    assert apply[-2] == file
    assert not Path(file).exists(), "a plan may hold values, so it does not stay"


def test_a_workspace_of_a_backend_is_selected_by_the_engine(engine: FakeEngine, tmp_path: Path) -> None:
    made = configuration(engine, tmp_path)
    data = made.folder / ".terraform"
    data.mkdir()
    (data / "terraform.tfstate").write_text('{"backend": {"type": "s3"}}')
    made.ready()
    assert engine.calls()[1][:-1] == ["workspace", "select", "-or-create", "prod"]


def test_an_error_has_the_words_of_the_provider_and_no_credential(engine: FakeEngine, tmp_path: Path) -> None:
    engine.says(plan={"lines": [failed("denied", "key hidden-key-1", "aws_sqs_queue.jobs")], "code": 1})
    with pytest.raises(EngineFailed) as caught:
        configuration(engine, tmp_path).plan()
    assert [found.text for found in caught.value.found] == ["aws_sqs_queue.jobs: denied: key ***"]
    engine.says(init={"errors": "╷\n│ Error: Backend initialization required\n╵\n", "code": 1})
    with pytest.raises(EngineFailed) as caught:
        configuration(engine, tmp_path).ready()
    assert [found.text for found in caught.value.found] == ["Backend initialization required"]


def test_an_output_that_breaks_off_is_no_success(engine: FakeEngine, tmp_path: Path) -> None:
    engine.says(plan={"lines": [planned("aws_sqs_queue.jobs", "create"), '{"type": "planned_ch']})
    with pytest.raises(EngineFailed):
        configuration(engine, tmp_path).plan()


def test_a_request_to_stop_lets_the_engine_finish(engine: FakeEngine, tmp_path: Path) -> None:
    engine.says(apply={"waits": True, "lines": []})
    told: list[str] = []
    made = configuration(engine, tmp_path, told=told.append)
    made.plan()

    def interrupt() -> None:
        while not (engine.folder / "working").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(EngineFailed) as caught:
        made.apply(lambda event: None)
    thread.join()
    assert caught.value.stopped
    assert (engine.folder / "applied").read_text() == "interrupted"
    assert "stopping; the engine ends in a moment, and its state keeps what was made" in told


KILLED = """
import sys
from pathlib import Path
from portable.tooling.deploy.configuration import Configuration
from portable.tooling.deploy.engine import find_engine
from portable.tooling.deploy.lock import locked
given = {"PATH": sys.argv[1], "HOME": sys.argv[2]}
told = lambda text: None
with locked(Path(sys.argv[2], "lock"), "portable deploy", told) as errors:
    made = Configuration(find_engine(given), Path(sys.argv[2], "infra"), "prod", given, told, errors)
    made.plan()
    made.apply(lambda event: None)
"""


def test_a_kill_lets_the_engine_finish_and_the_next_command_waits_for_it(engine: FakeEngine, tmp_path: Path) -> None:
    made = configuration(engine, tmp_path)
    engine.says(apply={"waits": True, "lines": [summary("apply")] * 2000, "ends": "more"})
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(engine.folder), str(tmp_path)])
    while not (engine.folder / "working").exists():
        assert child.poll() is None
        time.sleep(0.01)
    with pytest.raises(Busy, match="`portable deploy` is at work"), locked(tmp_path / "lock", "again", QUIET):
        pass
    child.kill()
    child.wait()
    told: list[str] = []

    def report(text: str) -> None:
        told.append(text)
        (engine.folder / "go").touch()

    with locked(tmp_path / "lock", "again", report):
        assert (engine.folder / "applied").read_text() == "whole"
    assert told[0] == "an earlier command was ended while its engine worked; waiting until the engine is done"
    assert made.engine.name == "terraform"


def test_what_a_killed_engine_has_started_holds_up_nobody(engine: FakeEngine, tmp_path: Path) -> None:
    engine.says(plan={"lines": [], "starts": True, "dies": True})
    with locked(tmp_path / "lock", "portable deploy", QUIET) as errors, pytest.raises(EngineFailed) as caught:
        configuration(engine, tmp_path, errors=errors).plan()
    assert caught.value.killed
    plugin = int((engine.folder / "plugin").read_text())
    os.kill(plugin, 0)
    told: list[str] = []
    with locked(tmp_path / "lock", "portable deploy", told.append):
        assert told == []
    os.kill(plugin, signal.SIGKILL)


def test_a_lock_is_free_when_its_command_has_ended(tmp_path: Path) -> None:
    for command in ("one", "two"):
        with (
            locked(tmp_path / "lock", command, QUIET),
            pytest.raises(Busy, match=command),
            locked(tmp_path / "lock", "three", QUIET),
        ):
            pass
