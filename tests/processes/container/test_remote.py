"""Logs by kubectl and Docker Compose, which are scripts here that print what the real ones print, and calls by URL.

https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/ (`--prefix`, `--timestamps`) and
https://docs.docker.com/reference/cli/docker/compose/logs/ (`--no-color`, `--timestamps`)
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from servers.routed import Routed, Said, routed
from unit.tooling.remote.stages import NOON, running

from portable.errors import NotFound, PermissionDenied, PortableError, Unavailable, UnsupportedError
from portable.eventing.message import Message
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.tooling.infra.remote import LogsWanted, Running
from portable.tooling.remote.calling import as_model
from portable.tooling.remote.reading import lines
from portable.tooling.remote.running import chosen
from portable_container.deploy.remote.places import KUBERNETES, unfit_runs
from portable_container.deploy.remote.stage import ContainerRemote

PODS = """\
[pod/work-6d5f8c-x2x9z/app] 2026-01-31T12:00:01.000000001Z {"timestamp":"x","level":"INFO","message":"one","logger":"root","requestId":"r-1","function":"work"}
[pod/serve-7b9d4-abcde/app] 2026-01-31T12:00:00.500000000Z {"timestamp":"x","level":"ERROR","message":"two","logger":"root","requestId":"r-2","function":"hello"}
[pod/work-index-5c6d7-qqqqq/app] 2026-01-31T12:00:02Z a foreign line: [pod/x/y] 2026
[pod/serve-7b9d4-abcde/app] 2026-01-31T11:59:59.999999999Z before noon
[pod/serve-7b9d4-abcde/app] 2026-01-31T12:00:03Z\x20
warning: the log of a pod that ends
"""
SERVICES = """\
serve-1       | 2026-01-31T12:00:00.500000000Z {"timestamp":"x","level":"ERROR","message":"two","logger":"root","requestId":"r-2","function":"hello"}
work-index-1  | 2026-01-31T12:00:02.000000000Z a foreign line | with a bar
shop-dev-work-2  | 2026-01-31T12:00:01.000000000Z {"timestamp":"x","level":"INFO","message":"one","logger":"root","requestId":"r-1","function":"work"}
"""


def stage(runs: str | None = None, **changes: Any) -> Running:
    """Return a stage where `index` has a role of its own."""
    found = running()
    details = {} if runs is None else {"runs": runs}

    def identity(name: str, kind: str) -> str:
        return name if name == "index" else "serve" if kind == "http" else "work"

    functions = tuple(
        replace(one, identity=identity(one.name, one.trigger["kind"]), details=details)
        for one in found.blueprint.functions
    )
    return replace(found, blueprint=replace(found.blueprint, target="container", functions=functions, **changes))


def wanted(running: Running, *names: str) -> LogsWanted:
    return LogsWanted(chosen(running, names), NOON)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], list[str]]]:
    """Make a program first on PATH; return what tells the arguments that it got."""

    def make(name: str, out: str = "", error: str = "", code: int = 0) -> Callable[[], list[str]]:
        (tmp_path / "out").write_text(out)
        (tmp_path / "error").write_text(error)
        file, given = tmp_path / name, tmp_path / "given"
        script = f"printf '%s\\0' \"$@\" > {given}\ncat {tmp_path}/out\ncat {tmp_path}/error >&2\nexit {code}\n"
        file.write_text(f"#!/bin/sh\n{script}")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return lambda: given.read_text().split("\0")[:-1]

    return make


def test_logs_of_pods_are_read_from_kubectl(program: Any) -> None:
    arguments, there = program("kubectl", PODS), stage()
    found = lines(ContainerRemote(there), wanted(there))
    assert [(one.function, one.level, one.message) for one in found] == [
        ("hello", "ERROR", "two"),
        ("work", "INFO", "one"),
        ("index", "", "a foreign line: [pod/x/y] 2026"),
        ("hello", "", ""),
    ]
    assert found[0].line.at == NOON + timedelta(seconds=0.5)
    assert arguments() == [
        *("logs", "--namespace=shop-dev", "--selector=app.kubernetes.io/name=shop,app.kubernetes.io/instance=shop-dev"),
        *(
            "--container=app",
            "--prefix",
            "--timestamps",
            "--tail=-1",
            "--ignore-errors",
            "--since-time=2026-01-31T12:00:00Z",
        ),
    ]


def test_logs_of_one_function_are_those_of_its_role(program: Any) -> None:
    arguments, there = program("kubectl", PODS), stage(KUBERNETES)
    assert [one.message for one in lines(ContainerRemote(there), wanted(there, "index"))] == [
        "a foreign line: [pod/x/y] 2026"
    ]
    selector = next(one for one in arguments() if one.startswith("--selector="))
    assert selector.endswith(",app.kubernetes.io/component in (work-index,events-index)")


def test_logs_of_services_are_read_from_compose(program: Any) -> None:
    arguments, there = program("docker", SERVICES), stage("compose")
    found = lines(ContainerRemote(there), wanted(there))
    assert [(one.function, one.message) for one in found] == [
        ("hello", "two"),
        ("work", "one"),
        ("index", "a foreign line | with a bar"),
    ]
    assert arguments() == [
        *("compose", "--project-name=shop-dev", "logs", "--no-color", "--timestamps", "--since=2026-01-31T12:00:00Z"),
        *("serve", "work", "work-index", "schedule"),
    ]


def test_lines_that_are_equal_are_all_there_and_known_again(program: Any) -> None:
    program("kubectl", PODS + PODS)
    there = stage()
    looks = [{one.id for one in ContainerRemote(there).logs(wanted(there))} for _ in range(2)]
    assert looks[0] == looks[1]
    assert len(looks[0]) == 10


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('Error from server (NotFound): namespaces "shop-dev" not found', NotFound),
        ("Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout", Unavailable),
        ('Error from server (Forbidden): pods is forbidden: User "x" cannot list resource "pods"', PermissionDenied),
        ("error: unknown flag: --prefix", PortableError),
    ],
)
def test_what_kubectl_refuses_is_said_in_its_words(program: Any, said: str, kind: type[PortableError]) -> None:
    program("kubectl", error=said, code=1)
    with pytest.raises(kind) as raised:
        list(ContainerRemote(stage()).logs(wanted(stage())))
    assert type(raised.value) is kind
    assert said[:40] in str(raised.value)


def test_a_program_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PortableError, match="needs kubectl, which is not on this machine"):
        list(ContainerRemote(stage()).logs(wanted(stage())))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Routed]:
    with routed() as server:
        monkeypatch.setenv("PORTABLE_URL", f"{server.url}/")
        monkeypatch.delenv("PORTABLE_EVENTS_TOKEN", raising=False)
        yield server


def call(there: Running, name: str, event: Any) -> Any:
    return ContainerRemote(there).invoke(as_model(chosen(there, (name,))[0]), (event,))


def test_an_http_function_is_called_by_its_url(app: Routed) -> None:
    app.routes.append(("GET", "/hello/ann.*", lambda request: Said({"said": request.path}, 201)))
    answer = call(stage(), "hello", Request("GET", "/hello/ann", "a=1", [], b"", "127.0.0.1"))
    assert answer.response.status == 201
    assert json.loads(answer.response.body) == {"said": "/hello/ann?a=1"}


def test_an_event_is_sent_as_a_cloudevent_once(app: Routed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABLE_EVENTS_TOKEN", "s3cret")
    app.routes.append(("POST", "/_portable/events/.*", lambda request: Said(b"", 204)))
    assert call(stage(), "work", Message("m-1", b'{"id": 7}', 2, {"kind": "paid"})).failed == ""
    assert call(stage(), "nightly", Tick(NOON)).failed == ""
    sent, tick = app.calls
    assert (sent.path, sent.body) == ("/_portable/events/work", b'{"id": 7}')
    names = ("ce-id", "ce-source", "ce-kind", "ce-type", "ce-portableattempt", "authorization")
    assert {name: sent.headers[name] for name in names} == {
        "ce-id": "m-1",
        "ce-source": "/shop/dev/queue/jobs",
        "ce-kind": "paid",
        "ce-type": "portable.message",
        "ce-portableattempt": "2",
        "authorization": "Bearer s3cret",
    }
    assert tick.headers["ce-source"] == "/shop/dev/schedule/nightly"
    assert (tick.headers["ce-type"], tick.headers["ce-time"]) == ("portable.tick", "2026-01-31T12:00:00Z")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [(404, NotFound, "serve --events --functions work"), (401, PermissionDenied, "set PORTABLE_EVENTS_TOKEN")],
)
def test_an_app_that_takes_no_events_says_what_to_do(
    app: Routed, status: int, kind: type[Exception], words: str
) -> None:
    app.routes.append(("POST", "/_portable/events/.*", lambda request: Said(b"", status)))
    with pytest.raises(kind, match=words):
        call(stage(), "work", Message("m-1", b"{}", 1, {}))


def test_a_function_that_fails_is_a_failed_call(app: Routed) -> None:
    app.routes.append(("POST", "/_portable/events/.*", lambda request: Said({"detail": "again"}, 503)))
    assert "again" in call(stage(), "work", Message("m-1", b"{}", 1, {})).failed
    assert len(app.calls) == 1


def test_without_an_address_a_call_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTABLE_URL", raising=False)
    with pytest.raises(PortableError, match="kubectl port-forward --namespace shop-dev"):
        call(stage(), "hello", Request("GET", "/hello/ann", "", [], b"", "127.0.0.1"))
    monkeypatch.setenv("PORTABLE_URL", "shop.example.com")
    with pytest.raises(PortableError, match="must begin with http"):
        call(stage(), "hello", Request("GET", "/hello/ann", "", [], b"", "127.0.0.1"))


def test_code_of_a_container_comes_with_its_image() -> None:
    remote = ContainerRemote(stage())
    for ask in (remote.units, lambda: remote.code(()), lambda: remote.publish(Path())):
        with pytest.raises(UnsupportedError, match="the code of a container is in its image"):
            ask()


def test_another_value_of_runs_is_refused() -> None:
    assert unfit_runs({}) == []
    assert unfit_runs({"runs": "compose"}) == []
    [problem] = unfit_runs({"runs": "swarm"})
    assert problem.error
    assert problem.key == "runs"
