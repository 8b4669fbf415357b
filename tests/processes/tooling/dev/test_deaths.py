"""Processes of a real `portable dev` that end by themselves, in whatever order, are replaced."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hosts.served import Served

APP = """
import os, time
from portable import function, http

VERSION = 1

@function(http.get("/"))
def told() -> dict[str, int]:
    return {"version": VERSION, "process": os.getpid()}

@function(http.post("/left-behind"))
def leave_one_behind() -> int:
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    return child
"""
KILLS = "\nimport os\nos.kill(os.getpid(), 9)\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes below /proc")


def children(served: Served) -> list[int]:
    """Return the ids of the processes that the supervisor has started and that run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == served.process.pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def both(served: Served) -> list[int]:
    """Wait until a process serves and a spare one is there, and return them in this order."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = children(served)
        if len(found) == 2:
            serving = int(served.request("GET", "/").text.split('"process":')[1].rstrip("}"))
            if serving in found:
                return sorted(found, key=lambda number: number != serving)
        time.sleep(0.1)  # each look is at every process of the machine
    raise AssertionError(f"{children(served)}\n{served.output}")


def kill(number: int) -> None:
    """End a process, unless it has ended since it was seen."""
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def test_something_serves_again_in_whatever_order_processes_are_killed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with Served(tmp_path) as served:
        served.says("Ctrl-C")
        for order in ((0, 1), (1, 0)):
            there = both(served)
            for place in order:
                kill(there[place])
            assert served.until(lambda reply: reply.status == 200, "GET", "/").text.startswith('{"version":1')
        serving, _ = both(served)
        kill(serving)  # and the one that loads then
        for number in children(served):
            kill(number)
        assert served.until(lambda reply: reply.status == 200, "GET", "/").status == 200
        assert "another one is started" in served.output
        (tmp_path / "app.py").write_text(APP.replace("VERSION = 1", "VERSION = 2"))
        served.until(lambda reply: '"version":2' in reply.text, "GET", "/")
        assert served.stop() == 0


def test_a_version_that_kills_its_own_process_is_started_again_with_pauses_until_it_is_mended(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(APP)
    with Served(tmp_path) as served:
        serving, _ = (served.says("Ctrl-C"), both(served))[1]
        file.write_text(APP + KILLS)
        served.says("the last version that loaded goes on until a file is saved")
        assert '"version":1' in served.request("GET", "/").text
        os.kill(serving, signal.SIGKILL)
        said = served.says("Another one is started in 1 s, or when a file is saved")
        assert said.count("; another one is started") == 3
        assert "4 times within 60 s; nothing serves. Another one is started in 0.5 s" in said
        file.write_text(APP.replace("VERSION = 1", "VERSION = 2"))
        served.until(lambda reply: '"version":2' in reply.text, "GET", "/")
        assert served.stop() == 0


def test_an_app_that_kills_its_process_at_first_ends_the_command(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP + KILLS)
    with Served(tmp_path) as served:
        served.process.wait(60)
        assert "the process that loaded the app ended by itself (exit code -9)" in served.says("ended by itself")
    assert served.process.returncode == 1


def test_the_end_of_a_process_is_heard_when_one_that_it_left_behind_holds_its_files(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    left = 0
    with Served(tmp_path) as served:
        served.says("Ctrl-C")
        serving, _ = both(served)
        try:
            left = int(served.request("POST", "/left-behind").text)
            os.kill(serving, signal.SIGKILL)
            served.says("the process that serves ended by itself (exit code -9); another one is started")
            os.kill(left, signal.SIGKILL)
            left = 0
            served.until(lambda reply: f'"process":{serving}' not in reply.text and reply.status == 200, "GET", "/")
        finally:
            if left:
                os.kill(left, signal.SIGKILL)
