"""An app and the names of targets -> a `Report` of all that was found. Nothing is made, nothing is resolved."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.places import place_and_text, shown, split_place
from portable.tooling.app.settings import key_place
from portable.tooling.check.finding import Finding, finding, together
from portable.tooling.check.judged import set_aside, used
from portable.tooling.check.meaning import Difference, differences
from portable.tooling.check.rules.gained import gained_permissions
from portable.tooling.check.rules.imports import undeclared_imports
from portable.tooling.check.rules.loops import loops
from portable.tooling.check.rules.public import public_routes
from portable.tooling.check.rules.secrets import left_out, secret_files
from portable.tooling.check.rules.shared import shared_hosts
from portable.tooling.check.rules.size import unpacked_size
from portable.tooling.check.subject import Reader, Subject
from portable.tooling.pipeline import located
from portable.tooling.problems import problems
from portable.tooling.rules.limits import larger_memory
from portable.tooling.rules.planned import planned_problems
from portable.tooling.target import Problem

RULES: tuple[Callable[[Subject], Iterable[Problem]], ...] = (
    loops,
    public_routes,
    gained_permissions,
    shared_hosts,
    undeclared_imports,
    secret_files,
    left_out,
    unpacked_size,
)
"""What is looked at beside the problems that also stop packaging."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in an app on some targets, the gravest first. `subjects` are the targets that could be examined.

    `differences` are among the findings, too, as the notes of the rule "meaning". `own` says that nobody named the targets:
    they are those that the project uses.
    """

    targets: tuple[str, ...]
    findings: tuple[Finding, ...]
    subjects: tuple[Subject, ...] = ()
    traceback: str = ""
    differences: tuple[Difference, ...] = ()
    own: bool = False

    def fails(self, strict: bool) -> bool:
        """Say whether the check fails."""
        return any(one.counts(strict) for one in self.findings)


def examine(
    folder: Path, targets: Iterable[str], out: Path, report: Callable[[str], None], fresh: bool = False
) -> Report:
    """Return what was found in the app of a folder or file. What cannot be read is a finding, too."""
    return _report(_each(Reader(folder, out, report, fresh), targets))


def examine_installed(
    folder: Path, installed: Sequence[str], out: Path, report: Callable[[str], None], fresh: bool = False
) -> Report:
    """Return what was found on the targets that the project uses, by a table or an artifact; else on all that take the app."""
    with contextlib.suppress(PortableError):  # which each target says again, with its place
        if own := used(folder, out, installed):
            return replace(examine(folder, own, out, report, fresh), own=True)
    found = _each(Reader(folder, out, report, fresh), installed)
    aside = {one.target: set_aside(one.findings, one.target) for one in found}
    kept = _report([one for one in found if aside[one.target] is None])
    if not kept.targets:
        return _report(found)
    notes = [note for note in aside.values() if note is not None]
    return replace(kept, findings=together([*kept.findings, *notes]))


@dataclass(frozen=True, slots=True)
class _Examined:
    """What was found on one target. Without a subject the app could not be read for it."""

    target: str
    findings: tuple[Finding, ...]
    subject: Subject | None = None
    traceback: str = ""


def _each(reader: Reader, targets: Iterable[str]) -> list[_Examined]:
    found: list[_Examined] = []
    for name in dict.fromkeys(targets):
        try:
            subject, findings = of_subject(reader.subject(name))
            found.append(_Examined(name, tuple(findings), subject))
        except PortableError as error:
            traceback = getattr(error, "traceback", "")
            found.append(_Examined(name, tuple(unreadable(error, name)), None, traceback))
    return found


def _report(examined: Sequence[_Examined]) -> Report:
    subjects = tuple(one.subject for one in examined if one.subject is not None)
    differ = tuple(differences(subjects))
    findings = [each for one in examined for each in one.findings]
    findings += [_placed(one.finding(), subjects[0]) for one in differ]
    traceback = next((one.traceback for one in examined if one.traceback), "")
    return Report(tuple(one.target for one in examined), together(findings), subjects, traceback, differ)


def of_subject(subject: Subject) -> tuple[Subject, list[Finding]]:
    """Return a subject with its plan, if the target takes the app, and what was found, with places that can be opened."""
    target, facts = subject.target, subject.target.facts
    found = problems(subject.app, target, subject.options)
    if not any(problem.error for problem in found):
        subject = replace(subject, plan=target.plan(subject.app, subject.options))
    if subject.plan is not None:
        found += planned_problems(subject.plan, facts)
    found += larger_memory(subject.app, facts)
    found += [problem for rule in RULES for problem in rule(subject)]
    placed = [_placed(finding(problem, target.name), subject) for problem in located(found, subject.settings)]
    return subject, placed


def unreadable(error: PortableError, target: str) -> Iterator[Finding]:
    """Yield findings for an app that could not be read: one for each line of the error that has a place."""
    lines = str(error).splitlines() or [type(error).__name__]
    placed = [found for found in map(place_and_text, lines) if found[0] is not None]
    for place, text in placed or [(None, " ".join(lines))]:
        file, line = split_place(place) if place is not None else (None, None)
        yield Finding(
            "app", "error", text, file, line, (target,), "correct this first: nothing else could be looked at"
        )


def _placed(one: Finding, subject: Subject) -> Finding:
    """Return a finding whose file can be opened from here; one without a place is at the app's settings or first module."""
    settings = subject.settings
    if one.file is None:
        project = settings.project / "pyproject.toml"
        where = key_place(project, "name") if project.is_file() else f"{_first(subject)}:1"
        file, line = split_place(where)
        return replace(one, file=shown(Path(file)), line=line or 1)
    file, line = subject.place(one.place or one.file)
    return replace(one, file=file, line=line)


def _first(subject: Subject) -> Path:
    name = subject.settings.modules[0].replace(".", "/")
    file = subject.settings.folder / f"{name}.py"
    return file if file.is_file() else subject.settings.folder / name / "__init__.py"
