"""The work of the plugin for a test that uses the cloud: it finds the app, opens its cloud, runs the test, explains failures."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from zlib import crc32

import pytest
from _pytest._code.code import TerminalRepr
from _pytest._io import TerminalWriter

from portable.testing.app import App, find_folder, load_folder, load_modules
from portable.testing.choosing import artifact_folder
from portable.testing.cloud import Cloud
from portable.testing.search.telling import steps
from portable.testing.session.session import Session
from portable.testing.world.observing import Use

_SESSIONS = pytest.StashKey[dict[object, Session]]()
_DROPPED = pytest.StashKey[list[str]]()
_UNDER_ACCIDENTS = pytest.StashKey[list[str]]()
_USED = pytest.StashKey[dict[str, tuple[App, set[Use]]]]()


@contextmanager
def opened(request: pytest.FixtureRequest, app_given: Any, wire: str | None) -> Iterator[Cloud]:
    """Give the cloud of one test."""
    session = _session_of(request, app_given)
    app = session.app
    given = request.config.getoption("--artifact")
    artifacts = artifact_folder(Path(request.config.rootpath, given)) if given else None
    cloud = Cloud(app, session, wire, artifacts)
    try:
        yield cloud
    finally:
        if request.config.getoption("--grants"):
            _, used = request.config.stash.setdefault(_USED, {}).setdefault(str(app.folder), (app, set()))
            used |= cloud.inside.world.observer.used
        cloud.close()


def runnable(item: pytest.Function) -> Callable[..., Any]:
    """Return the function to call instead of a test that uses the cloud, or the test if another plugin must run it."""
    function = item.obj
    cloud = item.funcargs["cloud"]
    assert isinstance(cloud, Cloud)
    mark = item.get_closest_marker("at_least_once")
    awaited = inspect.iscoroutinefunction(function)
    if mark is None and awaited and _another_runs(item):
        return function  # type: ignore[no-any-return]

    def run(**arguments: Any) -> None:
        __tracebackhide__ = True

        def body() -> None:
            __tracebackhide__ = True
            if awaited:
                asyncio.run(function(**arguments))
            else:
                function(**arguments)

        cloud.test = inspect.unwrap(function)
        cloud.fixtures = _fixtures_of(item)
        if mark is not None and not item.config.getoption("--artifact"):
            _explore(item, cloud, body, mark)
        else:
            _run_once(cloud, body)

    return run


def _fixtures_of(item: pytest.Function) -> tuple[Callable[..., Any], ...]:
    """Return the fixtures that a test asks for by name. Names of the app that they use belong to the test, too."""
    found = item._fixtureinfo
    asked = (found.name2fixturedefs.get(name) for name in found.argnames)
    return tuple(each[-1].func for each in asked if each and not each[-1].func.__module__.startswith("portable."))


def _explore(item: pytest.Function, cloud: Cloud, body: Callable[[], None], mark: pytest.Mark) -> None:
    __tracebackhide__ = True
    from portable.testing.accidents.faults import KINDS, read
    from portable.testing.search.exploring import explore

    given = {**dict(zip(("runs", "seed"), mark.args, strict=False)), **mark.kwargs}
    runs, seed, kinds, replay = (given.get(name) for name in ("runs", "seed", "kinds", "replay"))
    if seed is None:
        seed = _seed(item)
    faults = None if replay is None else tuple(read(text) for text in replay)
    explored = explore(
        body,
        cloud,
        runs or 50,
        seed,
        KINDS if kinds is None else tuple(kinds),
        faults,
        bool(given.get("http")),
        bool(given.get("freeze")),
    )
    item.stash[_UNDER_ACCIDENTS] = list(explored.dropped.values())


def _run_once(cloud: Cloud, body: Callable[[], None]) -> None:
    """Run a test. If it fails under `cloud.chaos`, find the shortest schedule that makes it fail."""
    __tracebackhide__ = True
    state = cloud.snapshot()
    try:
        body()
        cloud.check()
    except Exception as failed:
        chaos = cloud.inside.chaos
        if chaos is None or not chaos.done:
            raise
        from portable.testing.search.exploring import explained

        error = explained(body, cloud, state, chaos, failed)
    else:
        return
    raise error


def _seed(item: pytest.Function) -> int:
    asked = item.config.getoption("--chaos-seed")
    if asked == "random":
        return int.from_bytes(os.urandom(4), "big")
    return int(asked) if asked is not None else crc32(item.nodeid.encode())


def explain(item: pytest.Item, report: pytest.TestReport) -> None:
    """Print before the failure of a test: errors of handlers, dropped messages, and the steps of parallel calls."""
    cloud: Cloud = item.funcargs["cloud"]  # type: ignore[attr-defined]
    failures = cloud.failures
    causes = [str(dropped) for dropped in cloud.dropped[:5]]
    if cloud.inside.requester.simultaneous:
        causes.append("\n".join(["The resource calls came in this order:", *steps(cloud)]))
    if (failures or causes) and report.longrepr is not None and hasattr(report.longrepr, "reprcrash"):
        causes += [
            f"{failure.function} failed"
            + (f" at attempt {failure.attempt}" if failure.attempt else "")
            + f":\n{failure.traceback}"
            for failure in failures[:5]
        ]
        if len(failures) > 5:
            causes.append(f"… and {len(failures) - 5} more, see cloud.failures")
        report.longrepr = _Explained("\n\n".join(causes), report.longrepr)


def note_dropped(item: pytest.Item) -> None:
    """Keep what a test that passed dropped, for the summary."""
    cloud: Cloud = item.funcargs["cloud"]  # type: ignore[attr-defined]
    lines = item.config.stash.setdefault(_DROPPED, [])
    lines += [f"{item.nodeid}: {dropped}" for dropped in (*item.stash.get(_UNDER_ACCIDENTS, ()), *cloud.dropped)]


def report_dropped(terminal: Any, config: pytest.Config) -> None:
    """Write which messages were dropped in tests that passed."""
    lines = config.stash.get(_DROPPED, [])
    if lines:
        terminal.section("messages that were dropped in tests that passed")
        for line in lines[:20]:
            terminal.line(line)
        if len(lines) > 20:
            terminal.line(f"… and {len(lines) - 20} more")


def report_grants(terminal: Any, config: pytest.Config) -> None:
    """Write the permissions that no test used."""
    from portable.testing.grants import unused

    for app, used in config.stash.get(_USED, {}).values():
        terminal.section(f"permissions of {app.model.name} that no test used")
        for line in unused(app, used) or ["none: every permission was used"]:
            terminal.line(line)


class _Explained(TerminalRepr):
    """A failure, preceded by its causes."""

    def __init__(self, causes: str, inner: Any) -> None:
        self.causes = causes
        self.inner = inner
        self.reprcrash = inner.reprcrash
        self.reprtraceback = inner.reprtraceback
        self.sections = [("what handlers raised", causes, "-"), *inner.sections]  # what a worker of xdist sends on

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write both."""
        for line in self.causes.splitlines():
            tw.line(line, red=True)
        tw.line()
        self.inner.toterminal(tw)

    def __str__(self) -> str:
        return f"{self.causes}\n\n{self.inner}"


def _session_of(request: pytest.FixtureRequest, given: Any) -> Session:
    sessions = request.config.stash.setdefault(_SESSIONS, {})
    key: object = given
    if given is None:
        key = Path(request.path).parent
    elif isinstance(given, (str, Path)):
        key = Path(given).resolve()
    elif isinstance(given, (list, tuple)):
        key = tuple(module.__name__ for module in given)
    found = sessions.get(key)
    if found is None:
        found = sessions[key] = Session(_load(given, key))
        request.config.add_cleanup(found.close)
    return found


def _load(given: Any, key: object) -> App:
    if isinstance(given, ModuleType):
        return load_modules([given])
    if isinstance(given, (list, tuple)):
        return load_modules(list(given))
    assert isinstance(key, Path)
    return load_folder(find_folder(key))


def _another_runs(item: pytest.Function) -> bool:
    """Return whether a plugin for `async def` tests was asked to run this one."""
    known = item.config.pluginmanager.hasplugin
    asked = any(known(name) and item.get_closest_marker(name) is not None for name in ("asyncio", "trio"))
    return asked or "anyio_backend" in item.funcargs
