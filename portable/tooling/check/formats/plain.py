"""A report -> text for people: a line for each finding, one for what to do, and a last line that counts them.

Notes of one rule stand together, and what to do is told once for all of them. What means something else from target to
target is a section of its own before the last line: one line for each aspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portable.tooling.check.examine import Report
from portable.tooling.check.finding import GAIN, LEVELS, Finding
from portable.tooling.check.meaning import Difference
from portable.tooling.grouping import grouped


def text(report: Report, strict: bool) -> str:
    """Return the text. It has no colours; each line begins with a place that a terminal can open."""
    apart = {one.finding().message for one in report.differences}
    findings = [one for one in report.findings if one.message not in apart]
    lines = [line for one in findings if one.level != "note" for line in _lines(one, report.targets)]
    lines += _notes([one for one in findings if one.level == "note"], report.targets)
    return "\n".join([*lines, *_meaning(report.differences), _last(report, strict)])


def _meaning(differences: Iterable[Difference]) -> Iterator[str]:
    """Yield the section on what the targets do not have in common: a line for each kind, and below it one for each aspect."""
    kinds = grouped((one.kind.partition(".")[0], one) for one in differences)
    if kinds:
        yield "\nWhat differs between these targets: rely on what they have in common"
    for kind, ones in kinds.items():
        first = ones[0]
        more = f" and {first.count - 1} more" if first.count > 1 else ""
        yield f"  {kind} ({visible(first.first)}{more})"
        yield from (f"    {one.aspect}: {visible(' | '.join(one.texts()))}" for one in ones)
    if kinds:
        yield ""


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


def _notes(notes: Sequence[Finding], targets: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of notes, by rule: an app has one public route for each of its routes, and one thing to say of them."""
    for rule in dict.fromkeys(one.rule for one in notes):
        alike = [one for one in notes if one.rule == rule]
        yield from (_line(one, targets) for one in alike)
        todo = list(dict.fromkeys(one.substitute for one in alike if one.substitute))
        if todo:
            yield f"    instead{', for example' if len(todo) > 1 else ''}: {visible(todo[0])}"


def _lines(one: Finding, targets: tuple[str, ...]) -> list[str]:
    lines = [_line(one, targets)]
    return [*lines, f"    instead: {visible(one.substitute)}"] if one.substitute else lines


def _line(one: Finding, targets: tuple[str, ...]) -> str:
    place = f"{one.place}: " if one.place else ""
    where = "" if one.targets == targets else f" ({', '.join(one.targets)})"
    return f"{visible(place)}{one.level}: {visible(one.message)} [{one.rule}]{where}"


def _last(report: Report, strict: bool) -> str:
    last = f"{counted(report.findings)} on {', '.join(report.targets)}"
    if report.own:
        last += " (the targets that the project names by a table or an artifact; --target checks for another one)"
    if strict and report.fails(True) and not report.fails(False):
        gains = sum(one.rule == GAIN for one in report.findings)
        last += f"; --strict fails on warnings{f' and on the {gains} permission gains' if gains else ''}"
    return last
