"""Saves an invocation as a test: takes an engine, a function and an invocation; returns the file, whose test has passed.

The call is made once more on the kit's cloud, which is empty. If it ends otherwise there, what it found here is put there
first: the objects and rows that the call read, as they are now. A test that passes in none of the ways is not kept.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from portable.errors import PortableError
from portable.tooling.app.model import FunctionModel
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.dev.dashboard.kinds.registry import BROWSED
from portable.tooling.dev.dashboard.replays.source import WAYS, Given, module, name_of, names_of
from portable.tooling.dev.journal.model import Details

SECONDS = 60.0
"""The longest time that the test may take, pytest's start included."""
FOLDER = "tests"


class NotSaved(PortableError):
    """An invocation that cannot be a test that passes."""


def save(engine: Any, function: FunctionModel, found: Details) -> Path:
    """Write the test of an invocation and return its file, as seen from the project. Raises NotSaved, saying why."""
    _check(found)
    project = engine.settings.project
    folder = project / FOLDER
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    file = folder / f"{name_of(function, found)}.py"
    given = state(engine, found)
    ways = [way for way in WAYS if (given.lines or not way.given) and (found.status or not way.exact)]
    before = file.read_text(encoding="utf-8") if file.exists() else None
    try:
        file.write_text(module(function, found, given, ways), encoding="utf-8")
        passed = run(engine, file)
        chosen = next(
            (way for way, name in zip(ways, names_of(function, found, ways), strict=True) if name in passed), None
        )
    except BaseException:
        _restore(file, before, folder if made else None)
        raise
    if chosen is None:
        _restore(file, before, folder if made else None)
        raise NotSaved(
            f"no test was saved. On an empty cloud, and with the objects and rows that it read, this call does not end as it "
            f"did here ({_ending(found)}): it depends on something else, such as time, a random value or what has changed since"
        )
    file.write_text(module(function, found, given, (chosen,)), encoding="utf-8")
    return Path(file.relative_to(project))


def _check(found: Details) -> None:
    if found.outcome == "running":
        raise NotSaved("this call still runs: save it when it has ended")
    if found.event.get("cut"):
        raise NotSaved("the journal keeps the first 64 KiB of a body only, so this call cannot be made once more")


def _ending(found: Details) -> str:
    return f"status {found.status}" if found.status else found.error or found.outcome


def _restore(file: Path, before: str | None, folder: Path | None) -> None:
    if before is not None:
        file.write_text(before, encoding="utf-8")
        return
    file.unlink(missing_ok=True)
    if folder is not None and not any(folder.iterdir()):
        folder.rmdir()


def state(engine: Any, found: Details) -> Given:
    """Return what a call found: the objects and rows that it read, as they are now."""
    names: dict[tuple[str, str], list[str]] = {}
    for call in found.calls:
        names.setdefault((call.kind, call.name), [])
        if call.what and call.what not in names[call.kind, call.name]:
            names[call.kind, call.name].append(call.what)
    lines: list[str] = []
    imports: list[str] = []
    for (kind, name), keys in names.items():
        browsed = BROWSED.get(kind)
        if browsed is None or browsed.given is None:
            continue
        resource = engine.resource(kind, name)
        home = variable(engine, resource)
        if home is not None:
            found_lines, more = browsed.given(engine, resource, home[1], keys)
            lines += found_lines
            imports += [f"from {home[0]} import {home[1]}", *more] if found_lines else []
    return Given(tuple(lines), tuple(dict.fromkeys(imports)))


def variable(engine: Any, resource: Any) -> tuple[str, str] | None:
    """Return the module and the name under which the app holds a resource, None if it has no name of its own."""
    for module_name in engine.app.modules:
        for name, value in vars(sys.modules.get(module_name, sys)).items():
            if value is resource or (type(value) is type(resource) and value == resource):
                return module_name, name
    return None


def run(engine: Any, place: Path) -> set[str]:
    """Run the tests of a file or folder and return the names of those that passed. Raises NotSaved if pytest cannot run."""
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
            raise NotSaved("no test was saved, because pytest is not installed: pip install pytest")
        if not report.exists():
            raise NotSaved(f"no test was saved, because pytest could not run: {(done.stdout + done.stderr)[-400:]}")
        cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - pytest has just written it
        return {case.get("name", "") for case in cases if all(case.find(fault) is None for fault in _FAULTS)}


_FAULTS = ("failure", "error", "skipped")
