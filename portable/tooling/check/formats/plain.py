"""A report -> text for people: a line for each finding, one for what to do, and a last line that counts them."""

from __future__ import annotations

from collections.abc import Iterable

from portable.tooling.check.examine import Report
from portable.tooling.check.finding import GAIN, LEVELS, Finding


def text(report: Report, strict: bool) -> str:
    """Return the text. It has no colours; each line begins with a place that a terminal can open."""
    lines = [line for one in report.findings for line in _lines(one, report.targets)]
    return "\n".join([*lines, _last(report, strict)])


def visible(words: str) -> str:
    """Return words on one line, in which no control character can act on a terminal."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in words
    )


def counted(findings: Iterable[Finding]) -> str:
    """Return how many findings of each level there are: "2 errors, 1 warning, 3 notes"."""
    levels = [one.level for one in findings]
    parts = [(levels.count(level), level) for level in LEVELS]
    return ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for count, level in parts)


def _lines(one: Finding, targets: tuple[str, ...]) -> list[str]:
    place = f"{one.place}: " if one.place else ""
    where = "" if one.targets == targets else f" ({', '.join(one.targets)})"
    lines = [f"{visible(place)}{one.level}: {visible(one.message)} [{one.rule}]{where}"]
    return [*lines, f"    instead: {visible(one.substitute)}"] if one.substitute else lines


def _last(report: Report, strict: bool) -> str:
    last = f"{counted(report.findings)} on {', '.join(report.targets)}"
    if strict and report.fails(True) and not report.fails(False):
        gains = sum(one.rule == GAIN for one in report.findings)
        last += f"; --strict fails on warnings{f' and on the {gains} permission gains' if gains else ''}"
    return last
