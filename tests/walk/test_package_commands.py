"""`portable new` and `portable invoke`, as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

APP = """import logging
from dataclasses import dataclass
from typing import Annotated

from portable import (
    Bucket, BucketReader, BucketWriter, Message, Queue, QueueSender, Response, Secret, Setting, StoredObject, Table,
    TableReadWriter, Tick, function, http, schedule,
)

photos = Bucket("photos")
jobs = Queue("jobs")
rows = Table("rows", key="owner")


@dataclass
class Job:
    n: int


@function(http.put("/photos/{name}"))
def upload(name: str, body: bytes, store: Annotated[BucketWriter, photos]) -> Response:
    store.put(name, body)
    return Response.json({"size": len(body)}, status=201)


@function(http.get("/photos/{name}"))
def download(name: str, store: Annotated[BucketReader, photos]) -> bytes:
    return store.get(name)


@function(jobs.messages())
async def work(message: Message[Job]) -> None:
    print("job", message.payload.n, message.attempt)


@function(photos.created())
def index(photo: StoredObject, table: Annotated[TableReadWriter, rows]) -> None:
    table.put({"owner": photo.key})
    logging.info("stored %s", table.get(photo.key)["owner"])


@function(schedule.cron("0 3 * * *"))
def nightly(tick: Tick, send: Annotated[QueueSender, jobs], key: Annotated[str, Secret("api-key")],
            mode: Annotated[str, Setting("mode", default="slow")]) -> None:
    send.send({"n": 1})
    print(key, mode, tick.scheduled_at.tzinfo is not None)


@function(http.get("/broken"))
def broken() -> str:
    raise ValueError("in the handler")


@function(jobs.dead_letters.messages())
def fails(message: Message[str]) -> None:
    raise RuntimeError("in the worker")
"""


def portable(*arguments: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "portable.tooling.cli.main", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(APP)
    (folder / ".portable.env").write_text("api-key=secret\n")
    return folder


def test_a_binary_body_goes_in_and_comes_out_of_a_local_bucket(app: Path, tmp_path: Path) -> None:
    photo = bytes(range(256))
    (app / "cat.jpg").write_bytes(photo)
    put = portable("invoke", "upload", "--http", "PUT /photos/cat.jpg", "--data", "@cat.jpg", folder=app)
    assert put.stdout == 'HTTP 201\ncontent-type: application/json\n\n{"size":256}\n'
    got = portable(
        "invoke", str(app), "download", "--http", "GET /photos/cat.jpg", "--output", "out.jpg", folder=tmp_path
    )
    assert "HTTP 200" in got.stdout
    assert (tmp_path / "out.jpg").read_bytes() == photo


def test_messages_objects_and_ticks_reach_their_functions(app: Path) -> None:
    assert "job 7 1" in portable("invoke", "work", "--message", '{"n": 7}', folder=app).stderr
    assert "stored a.jpg" in portable("invoke", "index", "--object", "a.jpg", folder=app).stderr
    assert "secret slow True" in portable("invoke", "nightly", "--tick", folder=app).stderr


def test_an_event_comes_from_a_file(app: Path) -> None:
    (app / "event.json").write_text(json.dumps({"payload": {"n": 3}, "attempt": 2}))
    done = portable("invoke", "work", "--event", "event.json", "--json", folder=app)
    assert "job 3 2" in done.stderr
    assert json.loads(done.stdout) == {"done": True}


def test_the_users_own_traceback_comes_first(app: Path) -> None:
    done = portable("invoke", "fails", "--message", "x", folder=app, code=1)
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert 'app.py", line' in done.stderr.splitlines()[1]
    assert done.stderr.splitlines()[-1] == "portable: RuntimeError: in the worker"
    broken = portable("invoke", "broken", "--http", "GET /broken", folder=app)
    assert "HTTP 500" in broken.stdout
    assert "ValueError: in the handler" in broken.stderr


def test_an_event_of_another_kind_and_an_unknown_function_are_refused(app: Path) -> None:
    done = portable("invoke", "work", "--tick", folder=app, code=1)
    assert "work takes a message" in done.stderr
    assert "there is no function nobody; " in portable("invoke", "nobody", "--tick", folder=app, code=1).stderr


def test_a_new_project_passes_its_own_tests(tmp_path: Path) -> None:
    portable("new", "shop", folder=tmp_path)
    shop = tmp_path / "shop"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine").write_text("")
    assert "is not empty" in portable("new", "shop", folder=tmp_path, code=1).stderr
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mine"]
    assert "cannot name an app" in portable("new", "9 Lives", folder=tmp_path, code=1).stderr
