"""Saves an invocation as a test: takes an engine, a function and an invocation; returns the file, whose test has passed.

What is long stands in files of a folder beside it that has its name.

The call is made once more on the kit's cloud, which is empty. A route that asks who calls is called as somebody whom the kit
signs in: the credential of the call is not kept. If it ends otherwise there, what it found here is put there
first (`state`). A test that passes in none of the ways is not kept, and neither is one that holds a secret.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from portable.settings.redaction import HIDDEN
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.dashboard.replays.callers import callers
from portable.tooling.dev.dashboard.replays.hidden import hidden_places
from portable.tooling.dev.dashboard.replays.running import NotSaved, Runner
from portable.tooling.dev.dashboard.replays.source import Line, Way, module, name_of, names_of
from portable.tooling.dev.dashboard.replays.state import State, state
from portable.tooling.dev.engine import Engine
from portable.tooling.dev.journal.model import Details

FOLDER = "tests"
MOST = 100
"""The most lines of which fewer are looked for."""


def save(engine: Engine, function: FunctionModel, found: Details, hides: Callable[[bytes], bool]) -> Path:
    """Write the test of an invocation and return its file, as seen from the project. Raises NotSaved, saying why.

    `hides` says whether data hold the value of a secret.
    """
    _check(found)
    folder = engine.settings.project / FOLDER
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    file = folder / f"{name_of(function, found)}.py"
    shown = Path(file.relative_to(engine.settings.project))
    if file.exists() or file.with_suffix("").exists():
        raise NotSaved(f"{shown} is the test of this call already. Delete it or rename it to save the call once more")
    try:
        chosen = _chosen(engine, function, found, file)
        _remove(file)
        _check_secrets(_written(file, function, found, (chosen,)), hides)
    except BaseException:
        _remove(file)
        if made and not any(folder.iterdir()):
            folder.rmdir()
        raise
    return shown


def _check_secrets(contents: Iterable[bytes], hides: Callable[[bytes], bool]) -> None:
    if any(map(hides, contents)):
        raise NotSaved("no test was saved, because it would hold the value of a secret")


def _written(file: Path, function: FunctionModel, found: Details, ways: Sequence[Way]) -> list[bytes]:
    """Write a test with its files, and return what they hold."""
    text, files = module(function, found, ways)
    file.write_text(text, encoding="utf-8")
    beside = file.with_suffix("")
    for name, content in files.items():
        beside.mkdir(exist_ok=True)
        (beside / name).write_bytes(content)
    return [text.encode(), *files.values()]


def _check(found: Details) -> None:
    if found.outcome == "running":
        raise NotSaved("this call still runs: save it when it has ended")
    if found.event.get("cut"):
        raise NotSaved("the journal keeps the first 64 KiB of a body only, so this call cannot be made once more")


def _chosen(engine: Engine, function: FunctionModel, found: Details, file: Path) -> Way:
    """Return the strongest way that passes, with no more given than it needs. Raises NotSaved when none does."""

    with Runner(engine.settings.project) as runner:

        def passing(ways: Sequence[Way]) -> list[Way]:
            _written(file, function, found, ways)
            passed = runner.passed(file)
            return [way for way, name in zip(ways, names_of(function, found, ways), strict=True) if name in passed]

        known = state(engine, found)
        good = passing(ways_of(known, found, callers(engine, function)))
        if not good:
            raise NotSaved(_why(known, found))
        way = good[0]
        return _least(way, passing) if 1 < len(way.given) <= MOST else way


def _least(way: Way, passing: Callable[[Sequence[Way]], list[Way]]) -> Way:
    """Return a way that passes with as few lines as are found in two runs: one line alone, or all that cannot be left out."""
    alone = {line: replace(way, given=(line,)) for line in way.given}
    without = {line: _without(way, (line,)) for line in way.given}
    good = passing([*alone.values(), *without.values()])
    enough = [each for each in alone.values() if each in good]
    if enough:
        return enough[-1]
    spared = [line for line, each in without.items() if each in good]
    fewer = passing([_without(way, spared[:count]) for count in range(1, len(spared) + 1)]) if spared else []
    return fewer[-1] if fewer else way


def _without(way: Way, lines: Sequence[Line]) -> Way:
    return replace(way, given=tuple(line for line in way.given if line not in lines))


def ways_of(known: State, found: Details, names: Sequence[str] = ()) -> list[Way]:
    """Return the ways to write a test, the strongest first: the fewest lines given, and the body compared.

    `names` are of callers: each way is tried with nobody signed in, then with each of them.
    """
    given = dict.fromkeys(((), known.read, (*known.read, *known.written)))
    exactly = (True, False) if found.status else (False,)
    return [Way(lines, exact, name) for exact in exactly for lines in given for name in ("", *names)]


def _why(known: State, found: Details) -> str:
    ending = f"status {found.status}" if found.status else found.error or found.outcome
    causes, places = known.problems, hidden_places(found.event)
    if places:
        causes = (
            *causes,
            f"{HIDDEN} was sent for what was hidden when the call was kept: {', '.join(places)}. Edit and fire lets you type it; "
            "a test that needs it is yours to write, with a value of its own",
        )
    causes = causes or ("it depends on something else, such as time, a random value or what has changed since",)
    return (
        "no test was saved. On an empty cloud, and with the objects and rows that it read, this call does not end as it "
        f"did here ({ending}): {'; '.join(causes)}"
    )


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
    shutil.rmtree(file.with_suffix(""), ignore_errors=True)
