"""`compose.yaml` as it is written, run by Podman: an order comes by HTTP, is paid by a queue, and is counted for Prometheus.

The engines are images of this machine's own files. Podman 4 does not wait for `service_healthy`, so the test does what the
file says: what a service depends on is started before it, and is waited for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import yaml
from images.base import BASE, VERSION, Builder, settings_of_pip
from images.engines import NATS, POSTGRES, make_engines
from infrastructures import ROOT
from manifested import read
from servers.install import python_tool
from servers.process import free_port
from servers.waiting import until

IMAGE, PROJECT = "localhost/orders:test", "orders-dev"
SCRAPE = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:9090/metrics').read().decode())"
METRIC = re.compile(r"\b(?:portable|process)_\w+")


class Stack:
    """The services of a `compose.yaml`."""

    def __init__(self, programs: Builder, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.services: dict[str, Any] = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))[
            "services"
        ]
        self._programs = programs
        compose = python_tool("podman-compose", "podman-compose==1.6.0") / "bin" / "podman-compose"
        self._compose = [str(compose), "--podman-path", str(programs.alone())]
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
        return self._programs.containers(*arguments)

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


@pytest.fixture(scope="module")
def infra(tmp_path_factory: pytest.TempPathFactory, programs: Builder) -> Path:
    """What `portable package` and `portable infra` write for the sample, with its image built and what a user adds to it."""
    app, out = tmp_path_factory.mktemp("app") / "orders", tmp_path_factory.mktemp("dist")
    shutil.copytree(ROOT / "samples" / "orders", app, ignore=shutil.ignore_patterns("tests", ".*", "__pycache__"))
    settings = app / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    own = f'[tool.portable]\npython = "{VERSION}"\ncontainer.base = "{BASE}"\n'
    settings.write_text(text.replace("[tool.portable]\n", own), encoding="utf-8")
    for command in (("package",), ("infra", "--stage", "dev")):
        line = [sys.executable, "-m", "portable.tooling.cli.main", command[0], str(app), "--target", "container"]
        done = subprocess.run([*line, *command[1:], "--out", str(out)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    programs.build(out / "container" / "bundle", IMAGE, *settings_of_pip())
    found = out / "container" / "infra"
    [made] = [
        line for line in (found / ".env.example").read_text(encoding="utf-8").splitlines() if line.startswith("# (")
    ]
    subprocess.run(["sh", "-c", made.removeprefix("# ")], cwd=found, check=True)
    (found / "secrets").mkdir()
    (found / "secrets" / "payment-key").write_text("key", encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def stack(infra: Path, programs: Builder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    make_engines(programs, tmp_path_factory.mktemp("engines"))
    found = Stack(programs, infra, free_port())
    try:
        for name in found.services:
            if found.state(name) is None:
                found.up(name)
        yield found
    finally:
        found.compose("down", "--volumes")


def test_an_order_is_taken_and_paid(stack: Stack) -> None:
    assert until(lambda: stack.ask("GET", "/orders?status=new"), bool) == {"orders": [], "next": None}, stack.log(
        "serve"
    )
    stack.ask("PUT", "/stock/tea?count=5&price=300")
    placed = stack.ask("POST", "/orders", {"customer": "ann", "lines": [{"sku": "tea", "count": 2}]})
    paid = until(lambda: stack.ask("GET", f"/orders/ann/{placed['id']}"), lambda found: found["status"] == "paid")
    assert (paid["status"], paid["total"]) == ("paid", 600), stack.log("work")


def test_containers_are_as_the_file_says(stack: Stack) -> None:
    for name, service in stack.services.items():
        held = stack.inspect(name)
        assert held["HostConfig"]["ReadonlyRootfs"], name
        assert held["BoundingCaps"] is None, name
        ports = [port for port in held["HostConfig"]["PortBindings"].values() if port]
        assert bool(ports) == (name == "serve")
        if "mem_limit" in service:
            assert held["HostConfig"]["Memory"] == int(service["mem_limit"].removesuffix("m")) * 2**20
            assert held["Config"]["User"] == "65532:65532"


def test_every_metric_of_the_alerts_and_the_dashboard_is_scraped(stack: Stack, infra: Path) -> None:
    roles = [name for name in ("serve", "work", "schedule") if name in stack.services]
    scraped = "".join(stack.podman("exec", stack.container(name), "python", "-c", SCRAPE).stdout for name in roles)
    [rules] = read((infra / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    dashboard = json.loads((infra / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    asked = [rule["expr"] for rule in rules["groups"][0]["rules"]]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {metric for expression in asked for metric in METRIC.findall(expression)}
    assert named
    assert named <= set(METRIC.findall(re.sub("(?m)^#.*$", "", scraped)))


def test_a_role_that_is_stopped_ends_what_runs_and_loses_no_order(stack: Stack) -> None:
    stack.ask("PUT", "/stock/cup?count=50&price=100")
    orders = [
        stack.ask("POST", "/orders", {"customer": "bob", "lines": [{"sku": "cup", "count": 1}]}) for _ in range(20)
    ]
    stack.compose("restart", "work")
    assert stack.ask("GET", "/stock/cup") == {"free": 30, "held": 20}
    for order in orders:
        found = until(
            lambda order=order: stack.ask("GET", f"/orders/bob/{order['id']}"), lambda it: it["status"] == "paid"
        )
        assert found["status"] == "paid", stack.log("work")
    for name in ("serve", "work", "schedule"):
        stack.compose("stop", name)
        assert stack.state(name)["ExitCode"] == 0, stack.log(name)
