"""A real `portable dev` in front of a development server: who answers which path, and hot reload with a real Vite."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hosts.asgi import on_port
from hosts.served import Served, environment, free_port
from servers.install import node_tool
from unit.tooling.dev.proxy.upstream import PATIENCE, Upstream
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

VITE = "vite@8.3.8"
APP = """
from portable import function, http


@function(http.get("/echo/hello"))
def hello() -> str:
    return "hello"


site = http.static("/", "web", fallback="logo.txt")  # the development server stands for it
"""


class Front(NamedTuple):
    """An app that is served, its folder, and the port of its development server."""

    served: Served
    folder: Path
    behind: int


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder, behind = tmp_path_factory.mktemp("front"), free_port()
    (folder / "web").mkdir()
    (folder / "web" / "logo.txt").write_text("logo")
    (folder / "app.py").write_text(APP)
    table = f'static = "web"\nproxy = "http://127.0.0.1:{behind}"\n'
    (folder / "pyproject.toml").write_text(f"[tool.portable.dev]\n{table}")
    with Served(folder) as served:
        served.until(lambda reply: reply.status == 200, "GET", "/echo/hello")
        yield Front(served, folder, behind)


def test_the_terminal_tells_who_has_the_other_paths(front: Front) -> None:
    front.served.says(f"  other paths  files of web, then http://127.0.0.1:{front.behind}\n")


def test_functions_come_first_then_files_then_the_development_server(front: Front) -> None:
    ask = front.served.request
    assert (ask("GET", "/logo.txt").text, ask("GET", "/main.js").status) == ("logo", 502)
    with on_port(Upstream(), front.behind):
        assert ask("GET", "/echo/hello").text == "hello"
        assert ask("POST", "/echo/hello").status == 405
        assert json.loads(ask("GET", "/echo/other").text)["target"] == "/echo/other?"
        assert json.loads(ask("POST", "/echo/other", b"body").text)["body"] == "body"
        assert ask("GET", "/_portable/nothing").status == 404
    assert "/echo/other" not in front.served.output


def test_a_function_is_no_websocket(front: Front) -> None:
    with on_port(Upstream(), front.behind):
        for path in ("/echo/hello", "/_portable/live"):
            with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{front.served.port}{path}"):
                pass
            assert refused.value.response.status_code == 404


def test_a_save_ends_websockets_and_streams_and_new_ones_begin(front: Front) -> None:
    upstream = Upstream()
    address = f"ws://127.0.0.1:{front.served.port}/hmr"
    with on_port(upstream, front.behind):
        stream = http.client.HTTPConnection("127.0.0.1", front.served.port, timeout=PATIENCE)
        stream.request("GET", "/endless")
        with connect(address) as client, stream.getresponse() as response:
            client.recv(PATIENCE)
            (front.folder / "app.py").write_text(APP.replace('"hello"', '"again"'))
            with pytest.raises(ConnectionClosed):
                client.recv(PATIENCE)
            assert client.close_code == 1012
            assert response.read() == b"data: 1\n\n"
        stream.close()
        front.served.until(lambda reply: reply.text == "again", "GET", "/echo/hello")
        with connect(address) as client:
            client.recv(PATIENCE)


@contextmanager
def vite(folder: Path, port: int) -> Iterator[None]:
    """Run a real Vite over a folder. Skips where it cannot be installed."""
    program = node_tool("vite", VITE) / "node_modules" / "vite" / "bin" / "vite.js"
    command = ["node", str(program), str(folder), "--port", str(port), "--strictPort", "--host", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment()) as process:
        try:
            yield
        finally:
            process.terminate()


def test_vite_reloads_a_module_through_it(front: Front, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script type="module" src="/main.js"></script>')
    (tmp_path / "main.js").write_text("import.meta.hot.accept(); console.log('one')")
    origin = f"127.0.0.1:{front.served.port}"
    with vite(tmp_path, front.behind):
        page = front.served.until(lambda reply: reply.status == 200, "GET", "/").text
        assert "/@vite/client" in page
        assert "'one'" in front.served.request("GET", "/main.js").text
        token = re.search(r'wsToken = "(.+?)"', front.served.request("GET", "/@vite/client").text)
        assert token is not None
        with connect(
            f"ws://{origin}/?token={token[1]}", origin=f"http://{origin}", subprotocols=[Subprotocol("vite-hmr")]
        ) as client:
            assert json.loads(client.recv(PATIENCE)) == {"type": "connected"}
            (tmp_path / "main.js").write_text("import.meta.hot.accept(); console.log('two')")
            [update] = json.loads(client.recv(PATIENCE))["updates"]
        assert update["path"] == "/main.js"
        assert "'two'" in front.served.request("GET", f"/main.js?t={update['timestamp']}").text


def test_it_ends_at_once_although_a_stream_has_no_end(front: Front) -> None:
    with on_port(Upstream(), front.behind), connect(f"ws://127.0.0.1:{front.served.port}/hmr"):
        began = time.monotonic()
        assert front.served.stop() == 0
        assert time.monotonic() - began < 8
