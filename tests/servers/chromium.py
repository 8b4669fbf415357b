"""A browser for tests: Debian's chromium without its windows, driven by playwright-core, and axe-core, which looks for what keeps people out.

`Browser` is one process of Node.js with one chromium. It gets one command on a line and answers with one line, both JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers.install import debian_program, node_tool

PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")
DRIVER = Path(__file__).with_name("chromium.cjs")


def installed() -> str:
    """Install what is missing and return where chromium is. Skips where the machine does not allow it."""
    node_tool("browser", *PACKAGES)
    return chromium()


def chromium() -> str:
    """Return the program. Skips, saying how to get it, if it is not there and cannot be installed.

    The shell without windows does the same with two thirds of the work.
    """
    return debian_program(
        lambda: shutil.which("chromium-headless-shell") or shutil.which("chromium"),
        "chromium-headless-shell",
        "fonts-dejavu-core",
    )


class Browser:
    """One chromium. Each method sends a command and returns its answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, do: str, **given: Any) -> Any:
        """Do something, such as goto, click, fill. Fails with what the browser said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the browser has ended"
        answer = json.loads(line)
        assert "error" not in answer, f"{do} {given}: {answer['error']}"
        return answer["value"]


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser, and end it."""
    program = chromium()
    folder = node_tool("browser", *PACKAGES)
    environment = {**os.environ, "NODE_PATH": str(folder / "node_modules"), "CHROMIUM": program}
    command = ["node", str(DRIVER)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Browser(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
