"""Runs tests of the project in a process of their own: takes a file or folder; returns the names of the tests that passed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Timer
from typing import Any, Self

from portable.errors import PortableError

SECONDS = 60.0
"""The longest time that the tests of one run may take, pytest's start included."""
SHOWN = 400
"""How many characters are shown of what pytest prints when it cannot run."""


class NotSaved(PortableError):
    """An invocation that cannot be a test that passes."""


class Runner:
    """A process that runs tests with the interpreter of the app, which is that of this process. Pytest starts once."""

    def __init__(self, project: Path) -> None:
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed at the end
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("trying.py"))],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._printed.close()

    def passed(self, place: Path) -> set[str]:
        """Run the tests of a file or folder. Raises NotSaved if pytest cannot run or begin them."""
        found = self._asked(place)
        if found.get("missing"):
            raise NotSaved("no test was saved, because pytest is not installed where the app runs: pip install pytest")
        if found["errors"] and not found["begun"]:  # none of them has made its call
            raise NotSaved(f"no test was saved, because pytest could not begin it: {found['errors'][0]}")
        if not found["begun"]:
            raise self._unable()
        return set(found["passed"])

    def _asked(self, place: Path) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        late = Timer(SECONDS, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(f"{place}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        ended = late.is_alive()
        late.cancel()
        if not line:
            raise (
                self._unable() if ended else NotSaved(f"no test was saved: it did not end within {SECONDS:.0f} seconds")
            )
        found: dict[str, Any] = json.loads(line)
        return found

    def _unable(self) -> NotSaved:
        self._printed.seek(0)
        said = self._printed.read().decode(errors="replace")[-SHOWN:]
        return NotSaved(f"no test was saved, because pytest could not run: {said}")
