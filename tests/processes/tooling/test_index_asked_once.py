"""An index is asked when distributions are locked. What uv has of them already is installed without another question."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from portable.tooling.depend.install import install
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.depend.lock import Wanted, lock
from portable.tooling.depend.requirements import Declared

NAME = "tiny-1.0-py3-none-any.whl"


def tiny() -> bytes:
    """Return a wheel of one module."""
    files = {
        "tiny.py": b"value = 1\n",
        "tiny-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, data in files.items():
        hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={hashed},{len(data)}\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in {**files, "tiny-1.0.dist-info/RECORD": record.encode()}.items():
            archive.writestr(path, data)
    return out.getvalue()


@pytest.fixture
def index() -> Iterator[tuple[str, list[str]]]:
    """Serve one wheel; yield the address of the index and the paths that were asked for."""
    wheel = tiny()
    page = f'<a href="/{NAME}#sha256={hashlib.sha256(wheel).hexdigest()}">{NAME}</a>'.encode()
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = wheel if self.path.endswith(".whl") else page if self.path == "/simple/tiny/" else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/octet-stream" if found is wheel else "text/html")
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_second_install_asks_the_index_nothing(
    tmp_path: Path, index: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = index
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", address)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("tiny==1.0\n")
    wanted = Wanted(Declared(files=(requirements,), read=(requirements,)), "x86_64-manylinux_2_34", RUNNING)
    locked = lock(wanted, tmp_path)
    assert "tiny.py" in install(locked, wanted, tmp_path).files
    before = len(asked)
    assert before
    assert "tiny.py" in install(locked, wanted, tmp_path).files
    assert asked[before:] == []
