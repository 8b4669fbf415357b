"""`portable invoke` of a stream's function, and `@at_least_once` over streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from walk.command import Done, command

APP = """
from typing import Any
from portable import Record, Stream, StreamWriter, function, http
from typing import Annotated
clicks = Stream("clicks", key="user")
@function(clicks.records())
def follow(record: Record[dict[str, Any]]) -> None:
    print("followed", record.key, record.payload, record.attempt)
@function(clicks.records())
def tally(records: list[Record[dict[str, Any]]]) -> list[str]:
    print("tallied", [record.payload for record in records])
    return [record.id for record in records if record.payload["weight"] < 0]
@function(http.post("/clicks"))
def click(body: dict[str, Any], out: Annotated[StreamWriter, clicks]) -> str:
    return out.send(body)
"""
TEST = """
import app
from portable.testing import at_least_once
@at_least_once
def test_records(cloud):
    cloud.stream(app.clicks).send_many([{"user": "ann", "weight": 1}, {"user": "bob", "weight": 2}])
    cloud.settle()
    assert cloud.stream(app.clicks).pending == {"follow": [], "tally": []}
"""


def test_a_function_is_invoked_with_a_record_or_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    portable = command(monkeypatch, capfd)

    def invoke(name: str, event: dict[str, object]) -> Done:
        (tmp_path / "event.json").write_text(json.dumps(event))
        return portable("invoke", name, "--event", "event.json", folder=tmp_path, code=None)

    (tmp_path / "app.py").write_text(APP)
    one = invoke("follow", {"payload": {"user": "ann"}, "key": "ann"})
    assert "followed ann {'user': 'ann'} 1" in one.stderr
    assert one.returncode == 0
    batch = {"records": [{"payload": {"weight": 1}}, {"payload": {"weight": 2}, "key": "b"}]}
    many = invoke("tally", batch)
    assert "tallied [{'weight': 1}, {'weight': 2}]" in many.stderr
    failed = invoke("tally", {"payload": {"weight": -1}})
    assert failed.returncode == 1
    assert "returned the record as failed" in failed.stderr
    wrong = invoke("follow", {"kind": "tick"})
    assert "takes a record" in wrong.stderr
    sent = invoke("click", {"method": "POST", "path": "/clicks", "body": {"user": "ann"}})
    assert "HTTP 200" in sent.stdout


def test_streams_are_delivered_at_least_once_under_the_kit(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nname = "clicks"\n')
    (tmp_path / "test_app.py").write_text(TEST)
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", str(tmp_path)]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
