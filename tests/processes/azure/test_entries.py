"""function_app.py of an app that tries it: indexed by azure-functions and called as the worker calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from processes.azure.azure_bundle import make_bundle

from portable_azure.testing.hosted.azure_routing import routes as host_routes

HARD = """
import typing
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
import app as other_name
from portable import (AsyncBucketReader, BucketReader, Bucket, Context, Idempotent, Message, Queue, QueueSender, Request,
                      Retry, Secret, Setting, StoredObject, Table, Tick, Topic, function, http, schedule)

jobs, slow, news, box, seen = Queue("jobs"), Queue("slow"), Topic("news"), Bucket("box"), Table("seen", key="id")

@dataclass
class Item:
    n: int

@function(http.get("/p/{x}"), name="app")
async def one(x: str, query: int = 1) -> dict[str, object]:
    return {"x": x, "query": query}

@function(http.put("/p/{x}"), name="import")
def two(x: str, body: Item) -> str:
    return f"{x} {body.n}"

@function(http.get("/P/{y}"), name="func")
def three(y: str, context: Context) -> str:
    return f"{context.function} {y}"

@function(http.get("/"), name="root")
def root(request: Request) -> str:
    return request.path

@function(http.get("/rest/{req:path}"), name="http")
async def rest(req: str, key: Annotated[str, Secret("key")], tint: Annotated[str, Setting("tint", default="red")]) -> str:
    return req + key + tint

@function(jobs.messages(), retry=Retry(attempts=40, backoff=2), dead_letter=True, name="work")
def work(message: Message[Item], again: Annotated[QueueSender, jobs]) -> None: ...

@function(slow.messages(), dead_letter=True, idempotent=Idempotent(seen, ttl=timedelta(days=1)), name="slow-work")
async def slow_work(message: Message[bytes]) -> None: ...

@function(news.messages(filter={"a": "b"}), dead_letter=True, name="listen")
async def listen(message: Message[str]) -> None: ...

@function(box.created(prefix="in/"), dead_letter=True, name="index")
def index(found: StoredObject, reader: Annotated[BucketReader, box]) -> None: ...

@function(box.deleted(), retry=Retry(attempts=31), name="gone")
async def gone(found: StoredObject, reader: Annotated[AsyncBucketReader, box]) -> None: ...

@function(schedule.cron("0 0 1 * MON", timezone="Asia/Kolkata"), retry=Retry(attempts=1), name="monthly")
async def monthly(tick: Tick) -> None: ...

@function(schedule.every(days=3), name="days")
def days(tick: Tick) -> None: ...
"""

ASK = """
import asyncio, inspect, json, sys
sys.path.append(".")
from types import SimpleNamespace
import azure.functions as azure
import function_app
indexed = {f.get_function_name(): f for f in function_app._app.get_functions()}
functions = {name: f.get_user_function() for name, f in indexed.items()}
context = SimpleNamespace(invocation_id="1", trace_context=None, retry_context=None)
replies = []
for name, method, url, body in json.loads(sys.argv[1]):
    request = azure.HttpRequest(method, "https://h" + url, headers={"content-type": "application/json"}, body=body.encode())
    reply = functions[name](request, context)
    if inspect.isawaitable(reply):
        reply = asyncio.run(reply)
    replies.append([reply.status_code, reply.get_body().decode()])
bindings = {name: json.loads(f.get_function_json()) for name, f in indexed.items()}
print(json.dumps([replies, bindings, sorted(n for n, f in functions.items() if inspect.iscoroutinefunction(f))]))
"""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with names that clash, both kinds of handlers on one path, and every road to a function."""
    folder = tmp_path_factory.mktemp("hard")
    (folder / "source").mkdir()
    (folder / "source" / "app.py").write_text(HARD)
    make_bundle(folder / "source", "hard", folder / "bundle")
    return folder / "bundle"


def ask(bundle: Path, *requests: tuple[str, str, str, str]) -> Any:
    command = [sys.executable, "-B", "-c", ASK, json.dumps(requests)]
    done = subprocess.run(command, cwd=bundle, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_entry_answers_for_the_function_its_request_means(hard: Path) -> None:
    replies, _, awaited = ask(
        hard,
        ("app", "GET", "/p/a?query=2", ""),
        ("import", "PUT", "/p/a", '{"n": 3}'),
        ("import", "HEAD", "/p/a", ""),
        ("import", "GET", "/p/a", ""),
        ("app", "PUT", "/p/b", '{"n": 4}'),
        ("app", "GET", "/P/z", ""),
        ("func", "GET", "/p/z", ""),
        ("root", "GET", "/", ""),
        ("zz-portable-unknown", "DELETE", "/p/a", ""),
    )
    assert [reply[0] for reply in replies] == [200, 200, 200, 200, 200, 200, 200, 200, 405]
    bodies = [reply[1] for reply in replies]
    assert bodies[:5] == ['{"x":"a","query":2}', "a 3", "", '{"x":"a","query":1}', "b 4"]
    assert bodies[5:8] == ["func z", '{"x":"z","query":1}', "/"]
    assert awaited == ["app", "gone", "http", "listen", "monthly", "slow-work"]


def test_each_trigger_has_the_road_its_options_ask_for(hard: Path) -> None:
    _, found, _ = ask(hard)
    triggers = {name: told["bindings"][0]["type"] for name, told in found.items()}
    queues = {name for name, kind in triggers.items() if kind == "queueTrigger"}
    assert queues == {"work", "slow-work", "listen", "index", "gone"}
    assert found["monthly"]["bindings"][0]["schedule"] == "0 30 18 * * *"
    assert "retry" not in found["monthly"]
    host_routes({name: told["bindings"] for name, told in found.items()})
