"""Saves an invocation as a test: takes an engine, a function and an invocation; returns the file, whose test has passed.

The call is made once more on the kit's cloud, which is empty. If it ends otherwise there, what it found here is put there
first (`state`). A test that passes in none of the ways is not kept, and neither is one that holds a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.dashboard.replays.running import NotSaved, run
from portable.tooling.dev.dashboard.replays.source import Line, Way, module, name_of, names_of
from portable.tooling.dev.dashboard.replays.state import State, state
from portable.tooling.dev.engine import Engine
from portable.tooling.dev.journal.model import Details

FOLDER = "tests"
MOST = 100
"""The most lines of which fewer are looked for."""


def save(engine: Engine, function: FunctionModel, found: Details, hides: Callable[[str], bool]) -> Path:
    """Write the test of an invocation and return its file, as seen from the project. Raises NotSaved, saying why.

    `hides` says whether a text holds the value of a secret.
    """
    _check(found)
    folder = engine.settings.project / FOLDER
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    file = folder / f"{name_of(function, found)}.py"
    before = file.read_text(encoding="utf-8") if file.exists() else None
    try:
        chosen = _chosen(engine, function, found, file)
        file.write_text(_shareable(module(function, found, (chosen,)), hides), encoding="utf-8")
    except BaseException:
        _restore(file, before, folder if made else None)
        raise
    return Path(file.relative_to(engine.settings.project))


def _check(found: Details) -> None:
    if found.outcome == "running":
        raise NotSaved("this call still runs: save it when it has ended")
    if found.event.get("cut"):
        raise NotSaved("the journal keeps the first 64 KiB of a body only, so this call cannot be made once more")


def _shareable(text: str, hides: Callable[[str], bool]) -> str:
    if hides(text):
        raise NotSaved("no test was saved, because it would hold the value of a secret")
    return text


def _chosen(engine: Engine, function: FunctionModel, found: Details, file: Path) -> Way:
    """Return the strongest way that passes, with no more given than it needs. Raises NotSaved when none does."""

    def passing(ways: Sequence[Way]) -> list[Way]:
        file.write_text(module(function, found, ways), encoding="utf-8")
        passed = run(engine, file)
        return [way for way, name in zip(ways, names_of(function, found, ways), strict=True) if name in passed]

    known = state(engine, found)
    good = passing(ways_of(known, found))
    if not good:
        raise NotSaved(_why(known, found))
    way = good[0]
    return _least(way, passing) if 1 < len(way.given) <= MOST else way


def _least(way: Way, passing: Callable[[Sequence[Way]], list[Way]]) -> Way:
    """Return a way that passes with as few lines as are found in two runs: one line alone, or all that cannot be left out."""
    alone = {line: Way((line,), way.exact) for line in way.given}
    without = {line: _without(way, (line,)) for line in way.given}
    good = passing([*alone.values(), *without.values()])
    enough = [each for each in alone.values() if each in good]
    if enough:
        return enough[-1]
    spared = [line for line, each in without.items() if each in good]
    fewer = passing([_without(way, spared[:count]) for count in range(1, len(spared) + 1)]) if spared else []
    return fewer[-1] if fewer else way


def _without(way: Way, lines: Sequence[Line]) -> Way:
    return Way(tuple(line for line in way.given if line not in lines), way.exact)


def ways_of(known: State, found: Details) -> list[Way]:
    """Return the ways to write a test, the strongest first: the fewest lines given, and the body compared."""
    given = dict.fromkeys(((), known.read, (*known.read, *known.written)))
    return [Way(lines, exact) for exact in ((True, False) if found.status else (False,)) for lines in given]


def _why(known: State, found: Details) -> str:
    ending = f"status {found.status}" if found.status else found.error or found.outcome
    causes = known.problems or ("it depends on something else, such as time, a random value or what has changed since",)
    return (
        "no test was saved. On an empty cloud, and with the objects and rows that it read, this call does not end as it "
        f"did here ({ending}): {'; '.join(causes)}"
    )


def _restore(file: Path, before: str | None, folder: Path | None) -> None:
    if before is not None:
        file.write_text(before, encoding="utf-8")
        return
    file.unlink(missing_ok=True)
    if folder is not None and not any(folder.iterdir()):
        folder.rmdir()
