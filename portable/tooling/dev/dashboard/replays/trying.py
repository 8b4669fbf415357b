"""Runs tests of a project as often as it is asked: lines with a file or folder in, one line of JSON for each out.

A program of its own, which needs pytest alone: pytest and the app are loaded once for all runs.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


class Watcher:
    """A plugin of pytest that notes which tests passed and what kept others from beginning."""

    def __init__(self) -> None:
        self.tests: set[str] = set()
        self.not_passed: set[str] = set()
        self.errors: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take what became of a part of a test."""
        name = report.nodeid.rpartition("::")[2]
        self.tests.add(name)
        if report.outcome != "passed":
            self.not_passed.add(name)
        if report.failed and report.when != "call":
            self.errors[name] = why(report)

    def pytest_collectreport(self, report: Any) -> None:
        """Take why a file has no tests."""
        if report.failed:
            self.tests.add(report.nodeid)
            self.not_passed.add(report.nodeid)
            self.errors[report.nodeid] = why(report)


def why(report: Any) -> str:
    """Return the error of a report in a few words."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(report.longrepr).rstrip().rpartition("\n")[2] if crash is None else str(crash.message)


def run(pytest: Any, place: str) -> dict[str, Any]:
    """Run the tests of a file or folder as they are now."""
    for name, module in list(sys.modules.items()):
        if Path(getattr(module, "__file__", None) or "").is_relative_to(place):
            del sys.modules[name]
    watcher = Watcher()
    pytest.main([place, "-q", "-p", "no:cacheprovider"], plugins=[watcher])
    return {
        "passed": sorted(watcher.tests - watcher.not_passed),
        "begun": len(watcher.tests - watcher.errors.keys()),
        "errors": list(watcher.errors.values()),
    }


def main() -> None:
    """Answer lines until there are no more."""
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it, in place of the folder of this file
    sys.dont_write_bytecode = True  # a test is written anew within the second by which bytecode is told apart
    asked, told = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        import pytest
    except ModuleNotFoundError:
        pytest = None  # type: ignore[assignment]
    for line in asked:
        found = {"missing": True} if pytest is None else run(pytest, line.rstrip("\n"))
        told.write(json.dumps(found) + "\n")
        told.flush()


if __name__ == "__main__":
    main()
