"""`register.py` over a server that holds what it is told, as IronWorker's HTTP API does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest

from portable_ironworker.deploy import register

WORKERS = [
    {
        "name": "shop-paid",
        "command": "python /app/worker.py entry_paid",
        "retries": 0,
        "retries_delay": 0,
        "config": {"A": "ü"},
        "values": {"PORTABLE_SECRET_TOKEN": None, "PORTABLE_SETTING_MODE": "", "AWS_REGION": "us-east-1"},
        "timeout": 30,
        "webhook": True,
    },
    {
        "name": "shop-sweep",
        "command": "python /app/worker.py entry_sweep",
        "retries": 2,
        "retries_delay": 5,
        "config": {},
        "values": {},
        "timeout": 60,
        "webhook": False,
        "run_every": 3600,
        "phase": 900,
    },
]


class Api(ThreadingHTTPServer):
    """Codes by name, schedules by id, and every request's authorization."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes: dict[str, Any] = {}
        self.schedules: dict[str, Any] = {}
        self.seen: set[str | None] = set()
        self.status = 200


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        page = int(self.path.rpartition("?page=")[2].partition("&")[0])
        self.answer({"schedules": list(self.server.schedules.values())[page * 100 : page * 100 + 100]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        path = self.path.removeprefix("/2/projects/p-1")
        if path == "/codes":
            head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
            (part,) = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()  # type: ignore[attr-defined]
            assert part.get_param("name", header="content-disposition") == "data"
            data = json.loads(part.get_payload(decode=True))
            self.server.codes[data["name"]] = data
        elif path == "/schedules":
            for made in json.loads(body)["schedules"]:
                found = f"s-{len(self.server.schedules)}"
                self.server.schedules[found] = {"id": found, "status": "scheduled", **made}
        else:
            _, _, found, verb = path.split("/")
            assert verb == "cancel"
            self.server.schedules[found]["status"] = "cancelled"
        self.answer({"msg": "ok"})

    def answer(self, value: Any) -> None:
        self.server.seen.add(self.headers["authorization"])
        body = json.dumps(value).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "register.py").write_bytes(Path(register.__file__).read_bytes())
    (tmp_path / "workers.json").write_text(json.dumps(WORKERS))
    return tmp_path


def run(folder: Path, api: Api, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{api.server_address[1]}/2"
    environment = {"PATH": os.environ["PATH"], "IRON_WORKER_URL": url, **variables}
    command = [sys.executable, str(folder / "register.py"), *(arguments or ("me/shop:1",))]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd="/")


IRON = {"IRON_PROJECT_ID": "p-1", "IRON_TOKEN": "t-1", "PORTABLE_SECRET_TOKEN": "s3cret ü"}


def test_every_worker_is_registered_with_its_image_its_retries_and_its_config(folder: Path, api: Api) -> None:
    done = run(folder, api, **IRON)
    assert done.returncode == 0, done.stderr
    paid, sweep = api.codes["shop-paid"], api.codes["shop-sweep"]
    assert (paid["image"], paid["command"], paid["retries"]) == ("me/shop:1", "python /app/worker.py entry_paid", 0)
    told = {"A": "ü", "PORTABLE_SECRET_TOKEN": "s3cret ü", "AWS_REGION": "us-east-1"}
    assert json.loads(paid["config"]) == told
    assert (sweep["retries"], sweep["retries_delay"], json.loads(sweep["config"])) == (2, 5, {})
    assert api.seen == {"OAuth t-1"}
    assert "/2/projects/p-1/tasks/webhook?code_name=shop-paid&timeout=30" in done.stdout
    assert "t-1" not in done.stdout


def test_a_schedule_begins_at_its_next_time_and_is_there_once_however_often_it_is_registered(
    folder: Path, api: Api
) -> None:
    for number in range(120):  # more than one page of old ones, another's among them
        name, status = ("other", "scheduled") if number == 7 else ("shop-sweep", "cancelled")
        api.schedules[f"s-{number}"] = {"id": f"s-{number}", "code_name": name, "status": status}
    for _ in range(2):
        assert run(folder, api, **IRON).returncode == 0
    active = [found for found in api.schedules.values() if found["status"] == "scheduled"]
    assert [found["code_name"] for found in active] == ["other", "shop-sweep"]
    mine = active[1]
    assert (mine["run_every"], mine["timeout"], mine["payload"]) == (3600, 60, '{"portable": "tick"}')
    begins = datetime.fromisoformat(mine["start_at"]).timestamp()
    assert (begins - 900) % 3600 == 0
    assert -60 < begins - time() <= 3600


def test_the_project_may_stand_in_iron_json(folder: Path, api: Api) -> None:
    (folder / "iron.json").write_text('{"project_id": "p-1", "token": "t-2"}')
    assert run(folder, api, PORTABLE_SECRET_TOKEN="s").returncode == 0
    assert api.seen == {"OAuth t-2"}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {"IRON_PROJECT_ID": "p-1", "IRON_TOKEN": "t-1"},
            "the workers need these variables, which are not set: PORTABLE_SECRET_TOKEN",
        ),
        ({"PORTABLE_SECRET_TOKEN": "s"}, "set IRON_PROJECT_ID and IRON_TOKEN"),
    ],
)
def test_nothing_is_registered_while_something_is_missing(
    folder: Path, api: Api, variables: dict[str, str], words: str
) -> None:
    done = run(folder, api, **variables)
    assert (done.returncode, api.codes) == (1, {})
    assert words in done.stderr


def test_a_refusal_of_the_api_is_told_and_ends_the_script(folder: Path, api: Api) -> None:
    api.status = 403
    done = run(folder, api, **IRON)
    assert (done.returncode, '/codes: IronWorker answered 403: {"msg": "ok"}' in done.stderr) == (1, True)
    assert list(api.codes) == ["shop-paid"]


def test_it_says_how_it_is_called(folder: Path, api: Api) -> None:
    assert "python register.py <image>" in run(folder, api, "a", "b").stderr
