"""A real debugger at `portable dev --debug`: it stops in a handler, sees its values, and lets it go on."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hosts.served import Served, free_port

APP = """
from portable import function, http


@function(http.get("/double/{number}"))
def double(number: int) -> str:
    result = number * 2
    return str(result)
"""
LINE = 8
PATIENCE = 60.0


class Debugger:
    """A client of the debug adapter protocol, as an editor is."""

    def __init__(self, port: int) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.05)
        self._stream = self._socket.makefile("rb")
        self._seen: list[dict[str, Any]] = []
        self._number = 0

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, command: str, **arguments: Any) -> int:
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        data = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        return self._number

    def ask(self, command: str, **arguments: Any) -> Any:
        number = self.send(command, **arguments)
        answer = self.wait(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body")

    def event(self, name: str) -> Any:
        return self.wait(lambda message: message.get("event") == name).get("body")

    def wait(self, wanted: Any) -> dict[str, Any]:
        while True:
            for message in self._seen:
                if wanted(message):
                    self._seen.remove(message)
                    return message
            length = 0
            while (line := self._stream.readline().strip()) or not length:
                assert line, "the debugger was left"
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            self._seen.append(json.loads(self._stream.read(length)))


def attach(found: Debugger, file: Path) -> None:
    """Attach, and set a breakpoint in a handler."""
    found.ask("initialize", adapterID="test", linesStartAt1=True, pathFormat="path")
    attaching = found.send("attach", justMyCode=True)
    found.event("initialized")
    [point] = found.ask("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": LINE}])["breakpoints"]
    assert point["line"] == LINE
    found.ask("configurationDone")
    assert found.wait(lambda message: message.get("request_seq") == attaching)["success"]


def test_a_breakpoint_in_a_handler_is_hit_and_again_after_a_save(tmp_path: Path) -> None:
    pytest.importorskip("debugpy")
    file, port = tmp_path / "app.py", free_port()
    file.write_text(APP)
    with Served(tmp_path, "--debug", "--debug-port", str(port)) as served, ThreadPoolExecutor(1) as pool:
        served.says(f"waiting for a debugger on 127.0.0.1:{port}")
        for text, answer in ((APP, "42"), (APP.replace("number * 2", "number * 3"), "63")):
            if text != APP:
                file.write_text(text)
                served.says("waiting for a debugger again")
            with closing(Debugger(port)) as debugger:
                attach(debugger, file)
                served.says("Ctrl-C ends it." if text == APP else "reloaded in")
                asked = pool.submit(served.request, "GET", "/double/21", timeout=PATIENCE)
                thread = debugger.event("stopped")["threadId"]
                [frame, *_] = debugger.ask("stackTrace", threadId=thread)["stackFrames"]
                assert (frame["name"], frame["line"]) == ("double", LINE)
                assert debugger.ask("evaluate", expression="number", frameId=frame["id"])["result"] == "21"
                assert not asked.done()
                debugger.ask("continue", threadId=thread)
                assert asked.result(PATIENCE).text == answer


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    pytest.importorskip("debugpy")
    (tmp_path / "app.py").write_text(APP)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        Served(tmp_path, "--debug", "--debug-port", str(taken.getsockname()[1])) as served,
    ):
        said = served.says("Choose another --debug-port")
        served.process.wait(60)
    assert served.process.returncode == 1
    assert "Traceback" not in said
