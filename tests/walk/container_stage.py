"""A packaged app on its own engines: its folder in, its roles in processes out, each with the accounts of its identity alone."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from servers.install import locked_python
from servers.ministack import ministack
from servers.nats import accounts
from servers.nats import serving as nats_serving
from servers.postgres import Postgres, postgres
from servers.process import free_port
from servers.waiting import until

from portable.testing.processes import HostProcess
from portable.tooling.pipeline import package
from portable_container.runtime.addresses import bucket_name, password_variable, prefix_of, user_name
from portable_container.runtime.clients import Postgres as PostgresClient
from portable_container.runtime.persistence_columns import quoted
from portable_container.runtime.schema_work import DUE

APP = Path(__file__).parents[1] / "apps" / "deployed"
"""The app: every trigger leaves a row there."""
IDENTITIES = ("serve", "work", "schedule")
STAGE = "dev"
TOKEN = "a-token-of-the-broker"
WORD = "a word that nobody logs"
"""The app's secret."""
HOST = "127.0.0.1"


def password_of(user: str) -> str:
    """Return the password of a user of the engines. It begins with a letter, as nats-server wants it."""
    return f"p{sha256(user.encode()).hexdigest()[:20]}"


class Role(HostProcess):
    """A process of the image. It is asked on the app's port if it serves, else on that of its probes."""

    def __init__(self, python: Path, bundle: Path, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
        serving, admin = free_port(), free_port()
        ports = ["--host", HOST, "--port", str(serving), "--admin-port", str(admin)]
        command = [str(python), "portable_start.py", *arguments, *ports]
        super().__init__(command, bundle, environment, serving if "serve" in arguments else admin)
        self.admin = f"http://{HOST}:{admin}"

    def probe(self, path: str = "/_portable/ready") -> tuple[int, str]:
        """Return what its probes or metrics say."""
        try:
            with urllib.request.urlopen(f"{self.admin}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self) -> None:
        """Wait until it is ready. Raises RuntimeError, with its log, if it never is."""
        status, said = until(lambda: self.probe() if self.alive else (200, ""), lambda found: found[0] == 200)
        if status != 200 or not self.alive:
            raise RuntimeError(f"{said}: {self.log[-4000:]}")

    def end(self) -> int:
        """Send SIGTERM, wait for the end, and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()
        self._process.wait(30)

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of its log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@dataclass
class ContainerStage:
    """The engines of one stage, and the processes that were started."""

    app: str
    bundle: Path
    python: Path
    postgres: Postgres
    nats: str
    store: Mapping[str, str]
    more: Mapping[str, str]
    made: list[str] = field(default_factory=list)
    """What the first `migrate` said."""
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def prefix(self) -> str:
        """How the names of the stage begin."""
        return prefix_of(self.app, STAGE)

    def user(self, identity: str) -> str:
        """Return the user of an identity in both engines."""
        return user_name(self.prefix, identity)

    def postgres_of(self, identity: str) -> str:
        """Return the URI by which an identity reaches PostgreSQL."""
        return self.postgres.uri_of(self.user(identity), password_of(self.user(identity)))

    def nats_of(self, identity: str) -> str:
        """Return the URL by which an identity reaches NATS."""
        return self.nats.replace("//", f"//{self.user(identity)}:{password_of(self.user(identity))}@")

    def environment(self, identity: str) -> dict[str, str]:
        """Return the variables of a role."""
        own = {"PORTABLE_STAGE": STAGE, "PORTABLE_NATS": self.nats_of(identity)}
        return {**own, "PORTABLE_POSTGRES": self.postgres_of(identity), **self.store, **self.more}

    def migrate(self, identities: tuple[str, ...] = ()) -> list[str]:
        """Run `migrate` with the passwords of identities, and return what it says."""
        return self.run("migrate", **{password_variable(name): password_of(self.user(name)) for name in identities})

    def run(self, *arguments: str, **variables: str) -> list[str]:
        """Run a command of the image as the administrator to its end, and return the messages of its log."""
        environment = {**self.environment("deploy"), "PORTABLE_POSTGRES": self.postgres.uri, **variables}
        command = [str(self.python), "portable_start.py", *arguments]
        with HostProcess(command, self.bundle, environment) as process:
            assert not until(lambda: process.alive, lambda alive: not alive)
            return [json.loads(line)["message"] for line in process.log.splitlines()]

    def start(self, role: str, *arguments: str, identity: str = "", **variables: str) -> Role:
        """Start a process of a role, and wait until it is ready."""
        environment = {**self.environment(identity or role), **variables}
        started = self._stack.enter_context(Role(self.python, self.bundle, (role, *arguments), environment))
        started.ready()
        return started

    def make_bucket(self, name: str) -> None:
        """Make a bucket in the store."""
        self._store("PUT", f"/{bucket_name(self.app, STAGE, name)}")

    def delete_object(self, bucket: str, key: str) -> None:
        """Delete an object of a bucket, which is named as in the store."""
        self._store("DELETE", f"/{bucket}/{quote(key)}")

    def note_fired(self, function: str, due: datetime) -> None:
        """Write that a schedule was fired for the last time then."""
        self._ask(
            f"INSERT INTO {quoted(self.prefix, DUE)} (function, due, fired_at) VALUES ($1, $2, $2)", function, due
        )

    def rows(self) -> set[str]:
        """Return the keys of all rows, however many there are."""
        return {key for (key,) in self._ask(f"SELECT key FROM {quoted(self.prefix, 'rows')}")}

    def close(self) -> None:
        """End all processes."""
        self._stack.close()

    def _ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL as its administrator."""
        administrator = PostgresClient(self.postgres.uri)
        try:
            return administrator.rows(statement, values, "the test")
        finally:
            administrator.close()

    def _store(self, method: str, path: str) -> None:
        asked = urllib.request.Request(f"{self.store['AWS_ENDPOINT_URL_S3']}{path}", method=method)
        urllib.request.urlopen(asked).close()


@contextmanager
def container_stage(folder: Path) -> Iterator[ContainerStage]:
    """Package the app, and run its engines until the block ends, with what `migrate` and the store's administrator make."""
    package(APP, "container", folder, lambda step: None, stage=STAGE)
    packaged = folder / "container"
    users = (packaged / "infra" / "nats" / "accounts.conf").read_text(encoding="utf-8")
    config, passwords = accounts(folder, users, password=password_of)
    (folder / "token").write_text(WORD, encoding="utf-8")
    more = {"PORTABLE_SECRET_TOKEN": f"file:{folder / 'token'}"}
    more |= {"PORTABLE_EVENTS": "on", "PORTABLE_EVENTS_TOKEN": TOKEN}
    port = free_port()
    with (
        postgres() as server,
        nats_serving(folder, port, config, passwords),
        ministack(folder) as aws,
    ):
        store = {"AWS_ENDPOINT_URL_S3": aws["AWS_ENDPOINT_URL"], "AWS_REGION": "us-east-1"}
        store |= {name: aws[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        python = locked_python(packaged / "bundle" / "requirements.txt")
        stage = ContainerStage("deployed", packaged / "bundle", python, server, f"nats://{HOST}:{port}", store, more)
        stage.make_bucket("files")
        stage.made = stage.migrate(IDENTITIES)
        try:
            yield stage
        finally:
            stage.close()
