"""What the plugin does when a test uses the cloud: finding the app, opening its cloud, running the test, telling why."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest._code.code import TerminalRepr
from _pytest._io import TerminalWriter

from portable.testing.app import App, find_folder, load_folder, load_modules
from portable.testing.cloud import Cloud

_APPS = pytest.StashKey[dict[object, App]]()


@contextmanager
def opened(request: pytest.FixtureRequest, given: Any, wire: str | None) -> Iterator[Cloud]:
    """Give the cloud of one test."""
    app = _app_of(request, given)
    cloud = Cloud(app)
    try:
        yield cloud
    finally:
        cloud.close()


def run_test(item: pytest.Function) -> object | None:
    """Run a test here when pytest itself cannot; None leaves it to pytest."""
    function = item.obj
    if not inspect.iscoroutinefunction(function) or item.get_closest_marker("asyncio") or _another_runs(item):
        return None
    asyncio.run(function(**_arguments(item)))
    return True


def explain(item: pytest.Item, report: pytest.TestReport) -> None:
    """Put the failures of handlers before the failure of the test."""
    cloud: Cloud = item.funcargs["cloud"]  # type: ignore[attr-defined]
    failures = cloud.failures
    if failures and report.longrepr is not None and hasattr(report.longrepr, "reprcrash"):
        told = [
            f"{failure.function} failed"
            + (f" at attempt {failure.attempt}" if failure.attempt else "")
            + f":\n{failure.traceback}"
            for failure in failures[:5]
        ]
        if len(failures) > 5:
            told.append(f"… and {len(failures) - 5} more, see cloud.failures")
        report.longrepr = _Explained("\n\n".join(told), report.longrepr)


class _Explained(TerminalRepr):
    """A failure with what led to it before it."""

    def __init__(self, told: str, inner: Any) -> None:
        self.told = told
        self.inner = inner
        self.reprcrash = inner.reprcrash
        self.reprtraceback = inner.reprtraceback

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write both."""
        for line in self.told.splitlines():
            tw.line(line, red=True)
        tw.line()
        self.inner.toterminal(tw)

    def __str__(self) -> str:
        return f"{self.told}\n\n{self.inner}"


def _app_of(request: pytest.FixtureRequest, given: Any) -> App:
    apps = request.config.stash.setdefault(_APPS, {})
    key: object = given
    if given is None:
        key = Path(request.path).parent
    elif isinstance(given, (str, Path)):
        key = Path(given).resolve()
    elif isinstance(given, (list, tuple)):
        key = tuple(module.__name__ for module in given)
    found = apps.get(key)
    if found is None:
        found = apps[key] = _load(given, key)
    return found


def _load(given: Any, key: object) -> App:
    if isinstance(given, ModuleType):
        return load_modules([given])
    if isinstance(given, (list, tuple)):
        return load_modules(list(given))
    assert isinstance(key, Path)
    return load_folder(find_folder(key))


def _arguments(item: pytest.Function) -> dict[str, Any]:
    return {name: item.funcargs[name] for name in item._fixtureinfo.argnames}


def _another_runs(item: pytest.Function) -> bool:
    return item.get_closest_marker("anyio") is not None or item.config.pluginmanager.hasplugin("asyncio")
