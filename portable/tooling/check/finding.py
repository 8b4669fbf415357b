"""`Finding`: one thing that `portable check` found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from portable.tooling.app.places import split_place
from portable.tooling.target import Problem

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""An error stops packaging. A warning is something that is not kept. A note is good to know."""
GAIN = "permission-gain"
"""The rule of permissions that a function did not ask for: `--strict` fails on it, though it is a note."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: the rule's name, its level, a message, the place, the targets it holds for, and a substitute."""

    rule: str
    level: Level
    message: str
    file: str | None = None
    line: int | None = None
    targets: tuple[str, ...] = ()
    substitute: str = ""

    @property
    def place(self) -> str | None:
        """The place as "file:line", None where there is none."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def counts(self, strict: bool) -> bool:
        """Say whether the finding fails the check."""
        return self.level == "error" or (strict and (self.level == "warning" or self.rule == GAIN))


def finding(problem: Problem, target: str) -> Finding:
    """Return a problem of an app on a target as a finding."""
    level: Level = "error" if problem.error else "note" if problem.note else "warning"
    file, line = split_place(problem.where) if problem.where is not None else (None, None)
    return Finding(problem.rule, level, problem.message, file, line, (target,), problem.instead)


def together(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first and then by place; what holds for several targets is told once."""
    found: dict[Finding, list[str]] = {}
    for one in findings:
        found.setdefault(replace(one, targets=()), []).extend(one.targets)
    merged = [replace(one, targets=tuple(dict.fromkeys(targets))) for one, targets in found.items()]
    return tuple(sorted(merged, key=_order))


def _order(one: Finding) -> tuple[object, ...]:
    return LEVELS.index(one.level), one.file or "", one.line or 0, one.rule, one.message
