"""A report on two targets -> a `Move`: what stays, what changes its meaning, what must be rewritten, what to do with data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from portable.tooling.check.examine import Report
from portable.tooling.check.finding import Finding
from portable.tooling.check.meaning import RULE
from portable.tooling.check.subject import Subject

_OWN = frozenset((RULE, "public", "loop", "permission-gain"))
"""Rules of notes that a move does not bring."""


@dataclass(frozen=True, slots=True)
class Data:
    """What to do with the data of one resource: the steps, in their order."""

    kind: str
    name: str
    place: str | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A move of an app from one target to another.

    `stays` are functions that work as they are, `absent` those that the app's settings keep from the destination. `changes` are findings on what means something else there, `rewrites` those
    that stop packaging for the destination.
    """

    source: str
    destination: str
    stays: tuple[str, ...]
    changes: tuple[Finding, ...]
    rewrites: tuple[Finding, ...]
    data: tuple[Data, ...]
    absent: tuple[str, ...] = ()


def migration(report: Report) -> Move:
    """Return the move from the first target of a report to its second."""
    source, destination = report.targets
    there = [one for one in report.findings if destination in one.targets]
    rewrites = tuple(one for one in there if one.level == "error")
    changes = tuple(one for one in there if one.rule == RULE or _is_new(one, source))
    stays = _stays(report, (*rewrites, *changes))
    return Move(source, destination, stays, changes, rewrites, tuple(_data(report)), _absent(report))


def at_destination(report: Report) -> Report:
    """Return what a report says of the destination: its findings, and what differs between the two."""
    destination = report.targets[-1]
    return replace(report, findings=tuple(one for one in report.findings if destination in one.targets))


def _is_new(one: Finding, source: str) -> bool:
    return one.level != "error" and one.rule not in _OWN and source not in one.targets


def _stays(report: Report, told: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return the functions at whose place nothing was found but notes."""
    if not report.subjects:
        return ()
    there = report.subjects[-1]
    touched = {(one.file, one.line) for one in told if one.level != "note"}
    return tuple(each.name for each in there.app.functions if there.place(each.where) not in touched)


def _absent(report: Report) -> tuple[str, ...]:
    """Return the functions of the source whose modules the destination does not get."""
    if len(report.subjects) < 2:
        return ()
    source, destination = report.subjects
    there = {function.name for function in destination.app.functions}
    return tuple(function.name for function in source.app.functions if function.name not in there)


def _data(report: Report) -> Iterator[Data]:
    """Yield the steps for each resource: a way that the two targets have together, else out of one and into the other."""
    if len(report.subjects) < 2:
        return
    source, destination = report.subjects
    places = source.app.places()
    for resource in source.app.resources:
        if resource.options.get("dead_letters_of"):
            continue  # the steps of its queue say what becomes of them
        steps = _steps(resource.kind, source, destination)
        if steps is not None:
            where = places.get((resource.kind, resource.name))
            place = ":".join(map(str, source.place(where))) if where else None
            named = tuple(step.replace("{name}", resource.name) for step in steps)
            yield Data(resource.kind, resource.name, place, named)


def _steps(kind: str, source: Subject, destination: Subject) -> tuple[str, ...] | None:
    leaves, enters = source.target.facts.moving.get(kind), destination.target.facts.moving.get(kind)
    if leaves is None and enters is None:
        return None
    direct = (enters or {}).get(f"from {source.target.name}")
    if direct is not None:
        return (direct,)
    out = (leaves or {}).get("out", f"{source.target.title} has no known way to give it out")
    return out, (enters or {}).get("in", f"{destination.target.title} has no known way to take it in")
