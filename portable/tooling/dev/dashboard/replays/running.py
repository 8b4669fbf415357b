"""Runs tests of the project: takes a file or folder; returns the names of the tests that passed."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from portable.errors import PortableError
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.dev.engine import Engine

SECONDS = 60.0
"""The longest time that the tests may take, pytest's start included."""
_FAULTS = ("failure", "error", "skipped")


class NotSaved(PortableError):
    """An invocation that cannot be a test that passes."""


def run(engine: Engine, place: Path) -> set[str]:
    """Run the tests of a file or folder. Raises NotSaved if pytest cannot run or begin them."""
    settings = engine.settings
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        report = Path(temporary, "report.xml")
        python = interpreter_for(settings, lambda _line: None)
        command = [python, "-m", "pytest", str(place), "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        try:
            done = subprocess.run(
                command, cwd=settings.project, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotSaved(f"no test was saved: it did not end within {SECONDS:.0f} seconds") from None
        if "No module named pytest" in done.stderr:
            raise NotSaved("no test was saved, because pytest is not installed where the app runs: pip install pytest")
        if not report.exists():
            raise NotSaved(f"no test was saved, because pytest could not run: {(done.stdout + done.stderr)[-400:]}")
        cases = [*ElementTree.parse(report).iter("testcase")]  # noqa: S314 - pytest has just written it
        errors = [error.get("message", "") for case in cases for error in case.iter("error")]
        if errors and len(errors) == len(cases):  # none of them has made its call
            raise NotSaved(f"no test was saved, because pytest could not begin it: {errors[0]}")
        return {case.get("name", "") for case in cases if all(case.find(fault) is None for fault in _FAULTS)}
