"""The services of a `compose.yaml`, started by podman-compose one after the other.

Podman 4 does not wait for `service_healthy`, so this does what the file says: what a service depends on is started before it,
and is waited for.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import yaml
from images.base import Builder
from images.engines import NATS, POSTGRES
from servers.install import python_tool
from servers.waiting import until

IMAGE, PROJECT = "localhost/orders:test", "orders-dev"


class Stack:
    """The services of a `compose.yaml`."""

    def __init__(self, programs: Builder, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.services: dict[str, Any] = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))[
            "services"
        ]
        self._podman = str(programs.alone())
        compose = python_tool("podman-compose", "podman-compose==1.6.0") / "bin" / "podman-compose"
        self._compose = [str(compose), "--podman-path", self._podman]
        own = {"IMAGE": IMAGE, "POSTGRES_IMAGE": POSTGRES, "NATS_IMAGE": NATS, "PORT": str(port)}
        self._environment = os.environ | own

    def compose(self, *arguments: str) -> None:
        command = [*self._compose, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def up(self, name: str) -> None:
        for other, asked in self.services[name].get("depends_on", {}).items():
            if self.state(other) is None:
                self.up(other)
            assert until(lambda other=other, asked=asked: self._is(other, asked["condition"]), bool), self.log(other)
        self.compose("up", "--detach", "--no-build", "--no-deps", name)

    def _is(self, name: str, condition: str) -> bool:
        if condition == "service_healthy":
            return self.podman("healthcheck", "run", self.container(name)).returncode == 0
        state = self.state(name)
        return state is not None and (state["Status"], state["ExitCode"]) == ("exited", 0)

    def container(self, name: str) -> str:
        return f"{PROJECT}_{name}_1"

    def podman(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self._podman, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    def inspect(self, name: str) -> Any:
        done = self.podman("inspect", self.container(name))
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    def state(self, name: str) -> Any:
        found = self.inspect(name)
        return found and found["State"]

    def log(self, name: str) -> str:
        done = self.podman("logs", self.container(name))
        return done.stdout + done.stderr

    def ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"content-type": "application/json"}, method=method
        )
        try:
            with urlopen(request) as answer:
                return json.loads(answer.read() or "null")
        except (URLError, ConnectionError):
            return None
