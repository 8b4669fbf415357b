"""A real `portable dev`: it serves, loads the app again, goes on when an edit is broken, and loses nothing when it is killed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts.dev_kills import kill
from hosts.served import Served

APP = """
import os
from pathlib import Path
from time import sleep
from typing import Annotated
from portable import Secret, function, http

token = Secret("token")


@function(http.get("/version"))
def version() -> str:
    return "one"


@function(http.get("/slow"))
def slow() -> str:
    Path(__file__).with_name("slow").touch()
    sleep(1.5)
    return "slow one"


@function(http.get("/tell"))
def tell(value: Annotated[str, token]) -> str:
    os.system(f"echo the token is {value}")
    return "told"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("served")
    (found / "app.py").write_text(APP)
    return found


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with Served(folder) as found:
        found.until(lambda reply: reply.status == 200, "GET", "/version")
        yield found


def save(folder: Path, text: str) -> None:
    (folder / "app.py").write_text(text)


def test_the_terminal_tells_routes_and_calls(served: Served) -> None:
    assert served.request("GET", "/version").text == "one"
    served.says("200     version GET /version")
    assert "  version  GET /version" in served.says(f" on http://127.0.0.1:{served.port}\n")


def test_a_secret_is_hidden_whatever_prints_it(served: Served, folder: Path) -> None:
    (folder / ".portable.env").write_text("token=tell-nobody\n")
    assert served.request("GET", "/tell").text == "told"
    assert "tell-nobody" not in served.says("the token is ***")


def test_a_port_in_use_is_told_with_its_process_and_the_next_free_one(served: Served, folder: Path) -> None:
    with Served(folder, port=served.port) as second:
        second.process.wait(60)
        said = second.says("is in use by")
    assert second.process.returncode == 1
    assert f" dev {folder} --port {served.port} (process {served.process.pid}). The next free one is " in said
    (free, named) = re.findall(rf"free one is (\d+): portable dev {folder} --port (\d+)", said)[0]
    assert free == named
    assert served.port < int(free) < served.port + 100  # not always the next one: other tests run beside this


def test_a_save_is_served_and_a_handler_of_the_old_code_finishes(served: Served, folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(served.request, "GET", "/slow")
        while not (folder / "slow").exists():
            time.sleep(0.01)
        save(folder, APP.replace('"one"', '"two"').replace("slow one", "slow two"))
        served.until(lambda reply: reply.text == "two", "GET", "/version")
        assert slow.result().text == "slow one"
    served.says("reloaded in")


def test_a_save_resets_no_connection(served: Served, folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    stop = Event()

    def ask() -> int:
        count = 0
        while not stop.is_set():
            count += 1
            assert served.request("GET", "/version").status == 200
            time.sleep(0.005)
        return count

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        for number in range(4):
            save(folder, APP.replace('"one"', f'"saved {number}"'))
            served.until(lambda reply, text=f"saved {number}": reply.text == text, "GET", "/version")
        stop.set()
        assert sum(each.result() for each in asking) > 20


def test_a_broken_edit_keeps_the_last_version_and_shows_the_line(served: Served, folder: Path) -> None:
    save(folder, APP.replace('"one"', '"two"'))
    served.until(lambda reply: reply.text == "two", "GET", "/version")
    save(folder, APP.replace('"one"', '"broken"') + "\n1 / 0\n")
    said = served.says("the last version that loaded goes on")
    assert "app.py:28: the app cannot be imported: ZeroDivisionError" in said
    assert served.request("GET", "/version").text == "two"
    save(folder, APP.replace('"one"', '"three"'))
    served.until(lambda reply: reply.text == "three", "GET", "/version")


@pytest.mark.parametrize(
    ("broken", "why"),
    [("[tool.portable\n", "pyproject.toml:1: "), ("[tool.portable]\nnothing = 1\n", "pyproject.toml:2: ")],
)
def test_broken_settings_of_the_project_keep_the_last_version(
    served: Served, folder: Path, broken: str, why: str
) -> None:
    (folder / "pyproject.toml").write_text(broken)
    served.says(f"{folder}/{why}")
    served.until(lambda reply: why in reply.text, "GET", "/_portable/")
    assert served.request("GET", "/version").status == 200
    (folder / "pyproject.toml").unlink()
    served.until(lambda reply: why not in reply.text, "GET", "/_portable/")


def test_it_ends_with_its_processes(served: Served) -> None:
    process = served.process.pid
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    assert children
    assert served.stop() == 0
    end = time.monotonic() + 10  # one that was being started ends when it finds nobody
    while (left := [child for child in children if Path(f"/proc/{child}").exists()]) and time.monotonic() < end:
        time.sleep(0.01)
    assert left == []


def test_an_app_that_never_loaded_answers_what_is_wrong(tmp_path: Path) -> None:
    save(tmp_path, "import nothing_of_that_name\n")
    with Served(tmp_path) as broken:
        reply = broken.until(lambda reply: reply.status == 503, "GET", "/")
        assert "app.py:1" in reply.text
        assert "No module named 'nothing_of_that_name'" in reply.text
        save(tmp_path, APP)
        broken.until(lambda reply: reply.text == "one", "GET", "/version")


def test_nothing_that_was_acknowledged_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    found = kill(tmp_path / "app", 5)
    assert found["lost"] == 0
    assert found["acknowledged"] > 5
