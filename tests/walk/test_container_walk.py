"""A packaged app by the start command of its image, in an environment of its locked requirements, on PostgreSQL and NATS.

Each role runs in a process of its own, with its own account in both engines.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from servers.nats import serving
from servers.postgres import Postgres, postgres
from servers.process import free_port, running
from servers.waiting import until
from walk.command import Command

from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable.tooling.depend.uv import run_uv
from portable_container.deploy.broker import variable_of
from portable_container.deploy.target import target
from portable_container.runtime.addresses import password_variable
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.nats_clients import Nats

IDENTITIES = ("serve", "work", "schedule", "deploy")
PREFIX = "connected_dev"
CONNECTED = Path(__file__).parents[1] / "apps" / "connected"


@dataclass(frozen=True)
class Image:
    """An artifact with the Python of its image, and the engines of its stage."""

    folder: Path
    python: Path
    postgres: Postgres
    nats: int

    def url(self, identity: str) -> str:
        return f"nats://{PREFIX}_{identity}:p{identity}@127.0.0.1:{self.nats}"

    def environment(self, identity: str) -> dict[str, str]:
        """Return what one role is told: the accounts of its identity, and nothing that the tests themselves have."""
        role = f"{PREFIX}_{identity}"
        own = self.postgres.uri if identity == "deploy" else self.postgres.uri_of(role, f"p{identity}")
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "PORTABLE_POSTGRES": own, "PORTABLE_NATS": self.url(identity), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Run a command of the image as the administrator; return the lines of its log."""
        done = subprocess.run(
            [self.python, "portable_start.py", *arguments],
            cwd=self.folder / "bundle",
            env={**self.environment("deploy"), **(more or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    @contextmanager
    def role(self, name: str, log: Path, **more: str) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
        """Run a role until the block ends; yield its process, its port and the port of its probes."""
        port, admin = free_port(), free_port()
        ports = ["--host", "127.0.0.1", "--port", str(port), "--admin-port", str(admin)]
        command = ["env", "-i", *(f"{key}={value}" for key, value in {**self.environment(name), **more}.items())]
        command += [str(self.python), "portable_start.py", name, *ports]
        with running(command, admin, log, folder=self.folder / "bundle") as process:
            yield process, port, admin


@pytest.fixture(scope="module")
def image(package: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder: Path = package("tests/apps/connected", "container")
    site, data = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("nats")
    python = site / "bin" / "python"
    for command in (
        ["venv", "--quiet", "--no-project", "--clear", f"--python={sys.executable}", str(site)],
        [
            *("pip", "install", "--quiet", f"--python={python}", "--require-hashes", "--only-binary=:all:"),
            f"--requirements={folder / 'bundle' / 'requirements.txt'}",
        ],
    ):
        made = run_uv(command)
        assert made.returncode == 0, made.stderr
    port, users = free_port(), folder / "infra" / "nats" / "users.conf"
    passwords = {variable_of(f"{PREFIX}_{name}"): f"p{name}" for name in IDENTITIES}
    with postgres() as server, serving(data, port, users, passwords):
        yield Image(folder, python, server, port)


@pytest.fixture(scope="module")
def migrated(image: Image) -> Image:
    passwords = {password_variable(name): f"p{name}" for name in IDENTITIES}
    first = [line["message"] for line in image.run("migrate", more=passwords)]
    assert {f"migrate: schema {PREFIX}", f"migrate: stream {PREFIX}_queue_jobs", "connected: migrate is done"} <= {
        *first
    }
    return image


def log_of(log: Path, message: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == message]


def test_doctor_loads_what_the_image_loads(image: Image) -> None:
    bundle = image.folder / "bundle"
    commands = target.doctor(bundle, str(image.python))
    assert {command[-2] for command in commands} >= {"entry_http", "entry_work", "portable_start"}
    started = [subprocess.Popen(command, cwd=bundle, stdout=subprocess.PIPE, text=True) for command in commands]
    for process, command in zip(started, commands, strict=True):
        assert process.communicate()[0] == f"{command[-2]}.{command[-1]} loads\n"


def test_what_was_migrated_is_not_made_again_and_nothing_of_it_is_pruned(migrated: Image) -> None:
    again = [line["message"] for line in migrated.run("migrate")]
    assert not [line for line in again if line.startswith(("migrate: schema", "migrate: role", "migrate: password"))]
    assert [line["message"] for line in migrated.run("prune")] == ["connected: prune is done"]


def test_a_role_that_lacks_a_right_is_refused_by_the_engine(migrated: Image) -> None:
    uri = migrated.postgres.uri_of(f"{PREFIX}_work", "pwork")
    with psycopg.connect(uri) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f'SELECT * FROM "{PREFIX}".portable_due')


def test_messages_of_the_stage_are_looked_at_and_deleted_by_name(
    migrated: Image, portable: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTABLE_NATS", migrated.url("deploy"))
    monkeypatch.setenv("PORTABLE_QUEUE_JOBS", "elsewhere")
    driver = queue_driver(Queue("jobs"), f"{PREFIX}_queue_jobs")
    driver.send(Outgoing(b'{"a": 1}', False, {}))
    stage = ["--target", "container", "--stage", "dev", "--yes"]
    found = portable("queue", "jobs", "peek", *stage, "--json", folder=CONNECTED)
    assert [json.loads(line)["payload"] for line in found.stdout.splitlines()] == ['{"a": 1}']
    portable("queue", "jobs", "purge", *stage, folder=CONNECTED)
    assert driver.count() == 0
    monkeypatch.setenv("PORTABLE_NATS", migrated.url("serve"))
    refused = portable("queue", "jobs", "peek", *stage, folder=CONNECTED, code=1).stderr
    assert "Ask for this right" in refused


def test_roles_in_processes_of_their_own_serve_work_and_end(migrated: Image, tmp_path: Path) -> None:
    logs = {name: tmp_path / name for name in ("serve", "work", "schedule")}
    with ExitStack() as stack:
        roles = {name: stack.enter_context(migrated.role(name, log, API_TOKEN="grüße")) for name, log in logs.items()}
        _, port, _ = roles["serve"]
        with urlopen(f"http://127.0.0.1:{port}/secret") as answer:
            assert json.load(answer) == {"letters": 5}
        sender = Nats(migrated.url("deploy"))
        stack.callback(sender.close)
        queue_driver(Queue("jobs"), f"{PREFIX}_queue_jobs", sender).send(Outgoing(b'{"a": 40, "b": 2}', False, {}))
        worked = until(lambda: log_of(logs["work"], "worked"), bool)
        assert [line["sum"] for line in worked] == [42]
        for _, _, admin in roles.values():
            ready = until(
                lambda admin=admin: _status(f"http://127.0.0.1:{admin}/_portable/ready"), lambda found: found == 200
            )  # type: ignore[misc]
            assert ready == 200
        healthy = ["healthy", "--host", "127.0.0.1", "--admin-port", str(roles["work"][2])]
        assert migrated.run(*healthy) == []
        for process, _, _ in roles.values():
            process.send_signal(signal.SIGTERM)
        assert [process.wait(20) for process, _, _ in roles.values()] == [0, 0, 0]
    for log in logs.values():
        assert log_of(log, "connected: stopping")


def test_what_cannot_run_is_told_in_one_line(image: Image) -> None:
    done = subprocess.run(
        [image.python, "portable_start.py", "server"],
        cwd=image.folder / "bundle",
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    [line] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, line["level"]) == (1, "", "ERROR")
    assert '"server" is no role: choose any of serve, work, schedule' in line["message"]


def _status(url: str) -> int:
    from urllib.error import HTTPError, URLError

    try:
        with urlopen(url) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except URLError:
        return 0
