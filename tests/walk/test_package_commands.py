"""`portable new` and `portable invoke`, as a user types them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from walk.command import Command

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


LEAKS = """import os
import subprocess
import sys
from typing import Annotated

from portable import Response, Secret, Setting, Tick, function, http, schedule

Token = Annotated[str, Secret("token")]


@function(http.get("/said"))
def said(token: Token, key: Annotated[str, Secret("key")], mode: Annotated[str, Setting("mode")]) -> Response:
    print("printed", token, mode)
    print(key)
    subprocess.run([sys.executable, "-c", "import sys; print('child', sys.argv[1])", token], check=True)
    return Response.json({"token": token}, headers={"x-token": token})


@function(schedule.every(minutes=5))
def fails(tick: Tick, token: Token) -> None:
    raise RuntimeError(f"with {token}")


@function(schedule.every(minutes=5))
def ends(tick: Tick, token: Token) -> None:
    os.write(2, f"last words {token}".encode())
    os._exit(3)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(APP)
    (folder / ".portable.env").write_text("api-key=secret\n")
    return folder


def test_a_binary_body_goes_in_and_comes_out_of_a_local_bucket(portable: Command, app: Path, tmp_path: Path) -> None:
    photo = bytes(range(256))
    (app / "cat.jpg").write_bytes(photo)
    put = portable("invoke", "upload", "--http", "PUT /photos/cat.jpg", "--data", "@cat.jpg", folder=app)
    assert put.stdout == 'HTTP 201\ncontent-type: application/json\n\n{"size":256}\n'
    got = portable(
        "invoke", str(app), "download", "--http", "GET /photos/cat.jpg", "--output", "out.jpg", folder=tmp_path
    )
    assert "HTTP 200" in got.stdout
    assert (tmp_path / "out.jpg").read_bytes() == photo


def test_messages_objects_and_ticks_reach_their_functions(portable: Command, app: Path) -> None:
    assert "job 7 1" in portable("invoke", "work", "--message", '{"n": 7}', folder=app).stderr
    assert "stored a.jpg" in portable("invoke", "index", "--object", "a.jpg", folder=app).stderr
    assert "*** slow True" in portable("invoke", "nightly", "--tick", folder=app).stderr


def test_an_event_comes_from_a_file(portable: Command, app: Path) -> None:
    (app / "event.json").write_text(json.dumps({"payload": {"n": 3}, "attempt": 2}))
    done = portable("invoke", "work", "--event", "event.json", "--json", folder=app)
    assert "job 3 2" in done.stderr
    assert json.loads(done.stdout) == {"done": True}


def test_the_users_own_traceback_comes_first(portable: Command, app: Path) -> None:
    done = portable("invoke", "fails", "--message", "x", folder=app, code=1)
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert 'app.py", line' in done.stderr.splitlines()[1]
    assert done.stderr.splitlines()[-1] == "portable: RuntimeError: in the worker"
    assert "a cloud calls fails up to 3 times and then drops the event" in done.stderr.splitlines()[-2]
    broken = portable("invoke", "broken", "--http", "GET /broken", folder=app, code=1)
    assert "HTTP 500" in broken.stdout
    assert "ValueError: in the handler" in broken.stderr


def test_no_output_shows_a_secret_but_the_file_that_was_asked_for(portable: Command, tmp_path: Path) -> None:
    (tmp_path / ".portable.env").write_text(
        'token="quite \\"secret\\""\nkey="-----BEGIN\nsecond line\n-----END"\nmode=plain\n'
    )
    (tmp_path / "app.py").write_text(LEAKS)
    for options in (("--http", "GET /said"), ("--http", "GET /said", "--json")):
        done = portable("invoke", "said", *options, folder=tmp_path)
        assert "quite" not in done.stdout + done.stderr
        assert "second line" not in done.stderr
        assert "printed *** plain" in done.stderr
        assert "child ***" in done.stderr
    assert b"quite" not in base64.b64decode(json.loads(done.stdout)["body"])
    assert ["x-token", "***"] in json.loads(done.stdout)["headers"]
    portable("invoke", "said", "--http", "GET /said", "--output", "body", folder=tmp_path)
    assert 'quite "secret"' in json.loads((tmp_path / "body").read_text())["token"]
    failed = portable("invoke", "fails", "--tick", folder=tmp_path, code=1)
    assert "quite" not in failed.stderr
    assert "RuntimeError: with ***" in failed.stderr
    ended = portable("invoke", "ends", "--tick", folder=tmp_path, code=1)
    assert "last words ***" in ended.stderr
    assert "ended its process (exit code 3)" in ended.stderr


def test_an_object_event_tells_what_is_really_there(portable: Command, app: Path) -> None:
    source = (
        "from typing import Annotated\nfrom portable import Bucket, BucketReader, BucketWriter, StoredObject, function, http\n"
        "docs = Bucket('docs')\n@function(http.put('/{name}'))\n"
        "def put(name: str, body: bytes, store: Annotated[BucketWriter, docs]) -> str:\n    return store.put(name, body).etag\n"
        "@function(docs.created(suffix='.txt'))\ndef index(found: StoredObject) -> None:\n    print('got', found.size, found.etag)\n"
        "@function(docs.deleted())\ndef gone(found: StoredObject) -> None:\n    print('gone', found.size)\n"
    )
    folder = app.parent / "docs"
    folder.mkdir()
    (folder / "app.py").write_text(source)
    etag = portable("invoke", "put", "--http", "PUT /a.txt", "--data", "hello", folder=folder).stdout.split()[-1]
    assert f"got 5 {etag}" in portable("invoke", "index", "--object", "a.txt", folder=folder).stderr
    missing = portable("invoke", "index", "--object", "b.txt", folder=folder)
    assert "got None None" in missing.stderr
    assert "note: b.txt is not in the local bucket docs, so the event has no size and no etag" in missing.stderr
    (folder / "event.json").write_text('{"key": "a.txt", "size": 9, "etag": "mine"}')
    assert "got 9 mine" in portable("invoke", "index", "--event", "event.json", folder=folder).stderr
    assert "gone None" in portable("invoke", "gone", "--object", "a.txt", folder=folder).stderr
    kept_out = portable("invoke", "index", "--object", "a.jpg", folder=folder)
    assert (kept_out.stdout, 'keys such as "*.txt"' in kept_out.stderr) == ("not called\n", True)


def test_a_topics_filter_keeps_out_what_a_cloud_would_keep_out(portable: Command, tmp_path: Path) -> None:
    source = (
        "from portable import Message, Topic, function\n"
        "@function(Topic('news').messages(filter={'kind': 'paid'}))\n"
        "def hear(message: Message[str]) -> None:\n    print('heard', message.attributes)\n"
    )
    (tmp_path / "app.py").write_text(source)
    heard = portable("invoke", "hear", "--message", "x", "--attribute", "kind=paid", "-a", "by=me", folder=tmp_path)
    assert "heard {'kind': 'paid', 'by': 'me'}" in heard.stderr
    kept_out = portable("invoke", "hear", "--message", "x", "-a", "kind=free", "--json", folder=tmp_path)
    assert json.loads(kept_out.stdout)["done"] is False
    assert "its filter requires the attributes kind=paid, but the message has kind=free" in kept_out.stderr
    assert "heard" not in kept_out.stderr
    assert "takes a message" in portable("invoke", "hear", "--tick", folder=tmp_path, code=1).stderr


def test_a_large_body_and_a_declaration_that_is_wrong(portable: Command, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from portable import Bucket, function, http\n@function(http.post('/'))\ndef count(body: bytes) -> str:\n"
        "    return str(len(body))\n"
    )
    (tmp_path / "large").write_bytes(b"x" * 1_000_000)
    done = portable("invoke", "count", "--http", "POST /", "--data", "@large", folder=tmp_path)
    assert done.stdout.endswith("\n1000000\n")
    (tmp_path / "app.py").write_text("from portable import Bucket\n\n\nBucket('NO')\n")
    wrong = portable("invoke", str(tmp_path), "count", "--http", "GET /", folder=tmp_path.parent, code=1)
    assert wrong.stderr.startswith(f"portable: {tmp_path.name}/app.py:4: bucket name 'NO' must have")


def test_an_event_of_another_kind_and_an_unknown_function_are_refused(portable: Command, app: Path) -> None:
    done = portable("invoke", "work", "--tick", folder=app, code=1)
    assert "work takes a message" in done.stderr
    assert "there is no function nobody; " in portable("invoke", "nobody", "--tick", folder=app, code=1).stderr


def test_a_new_project_passes_its_own_tests(portable: Command, tmp_path: Path) -> None:
    portable("new", "shop", folder=tmp_path)
    shop = tmp_path / "shop"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_new_overwrites_nothing(portable: Command, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine").write_text("")
    assert "is not empty" in portable("new", "shop", folder=tmp_path, code=1).stderr
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mine"]
    assert "cannot be the name of an app" in portable("new", "9 Lives", folder=tmp_path, code=1).stderr
