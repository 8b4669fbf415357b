"""An image: its bytes; its commands: what its doctor loads, what `migrate` and `prune` do twice, and what they say when they cannot run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from walk.command import Command
from walk.container_stage import APP, STAGE, ContainerStage

from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable_container.deploy.target import target
from portable_container.runtime.eventing import queue_driver


def test_the_doctor_loads_what_the_image_loads(container: ContainerStage) -> None:
    commands = {command[-2]: command for command in target.doctor(container.bundle, str(container.python))}
    assert {"entry_http", "entry_work", "entry_arrived", "portable_start"} <= commands.keys()
    for module in ("entry_http", "entry_work", "portable_start"):
        command = commands[module]
        done = subprocess.run(command, cwd=container.bundle, capture_output=True, text=True, check=False)
        assert done.stdout == f"{module}.{command[-1]} loads\n", done.stderr


def test_an_app_elsewhere_at_another_time_in_another_process_is_the_same_image_and_infrastructure(
    container: ContainerStage, tmp_path: Path
) -> None:
    other = shutil.copytree(APP, tmp_path / "app", ignore=shutil.ignore_patterns("dist", ".portable", "__pycache__"))
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    command = [sys.executable, "-m", "portable.tooling.cli.main", "package", "--target", "container"]
    elsewhere = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"}
    subprocess.run(command, cwd=other, env=elsewhere, capture_output=True, check=True)
    made = files(other / "dist" / "container")
    assert {"bundle/Dockerfile", "infra/compose.yaml", "infra/kubernetes/migrate.yaml", "manifest.json"} <= made.keys()
    assert made == files(container.bundle.parent)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_what_was_migrated_is_not_made_again_and_nothing_of_it_is_pruned(container: ContainerStage) -> None:
    first = {f"migrate: schema {container.prefix}", f"migrate: stream {container.prefix}_queue_jobs"}
    assert {*first, "deployed: migrate is done, stage dev"} <= {*container.made}
    again = container.migrate()
    assert not [line for line in again if line.startswith(("migrate: schema", "migrate: role", "migrate: password"))]
    assert container.run("prune", PORTABLE_STAGE="") == [
        "deployed: prune is done, stage dev, because PORTABLE_STAGE is not set"
    ]


def test_migrate_says_which_new_roles_cannot_sign_in_and_whose_account_of_nats_it_takes(
    container: ContainerStage,
) -> None:
    said = container.run("migrate", PORTABLE_STAGE="fresh", PASSWORD_SERVE="one")
    lacking = {line.partition(" has no password")[0] for line in said if "no password" in line}
    assert lacking == {f"migrate: the new role deployed_fresh_{name}" for name in ("work", "schedule")}
    assert "set PASSWORD_WORK and run `migrate` again" in "".join(said)
    [refused] = container.run("migrate", PORTABLE_NATS=container.nats_of("work"))
    assert f"must have the account of {container.user('deploy')} here" in refused


def test_what_cannot_run_is_told_in_one_line(container: ContainerStage) -> None:
    done = subprocess.run(
        [container.python, "portable_start.py", "server"],
        cwd=container.bundle,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    [line] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, line["level"]) == (1, "", "ERROR")
    assert '"server" is no role: choose any of serve, work, schedule' in line["message"]


def test_a_command_ends_at_once_by_a_signal(container: ContainerStage) -> None:
    """The first process of a container would not hear one of which it has said nothing."""
    away = {
        "PORTABLE_STAGE": STAGE,
        "PORTABLE_NATS": "nats://127.0.0.1:1",
        "PORTABLE_POSTGRES": "postgresql://127.0.0.1:1/x",
    }
    command = [container.python, "portable_start.py", "migrate"]
    with subprocess.Popen(command, cwd=container.bundle, env=away, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"an engine does not answer yet" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143


def test_dead_letters_of_the_stage_are_looked_at_and_deleted_by_name(
    container: ContainerStage, portable: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTABLE_NATS", container.nats_of("deploy"))
    monkeypatch.setenv("PORTABLE_DEAD_JOBS", "elsewhere")  # of another stage: the name of this one follows from the app
    driver = queue_driver(Queue("jobs").dead_letters, f"{container.prefix}_queue_jobs-poison")
    driver.send(Outgoing(b"left over", True, {}))
    stage = ["--dead", "--target", "container", "--stage", "dev", "--yes"]
    found = portable("queue", "jobs", "peek", *stage, "--json", folder=APP)
    assert "left over" in [json.loads(line)["payload"] for line in found.stdout.splitlines()]
    portable("queue", "jobs", "purge", *stage, folder=APP)
    assert driver.count() == 0
    away = portable(
        "queue", "jobs", "peek", "--target", "container", "--stage", "away", "--yes", folder=APP, code=1
    ).stderr
    assert "`migrate` of the image makes" in away
    assert "Deploy the stage" not in away
    assert "a secret is a file" in portable("secret", "list", "--target", "container", folder=APP, code=1).stderr
    monkeypatch.setenv("PORTABLE_NATS", container.nats_of("work"))
    assert "Ask for this right" in portable("queue", "jobs", "peek", *stage, folder=APP, code=1).stderr
