"""A report -> workflow commands of GitHub Actions, which annotate the lines of a pull request.

`::error file=…,line=…,title=…::message`; what the form needs itself is written as %25, %0D, %0A, and in properties also %3A
and %2C (actions/toolkit, packages/core/src/command.ts).
"""

from __future__ import annotations

from portable.tooling.check.examine import Report
from portable.tooling.check.finding import Finding

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(report: Report) -> str:
    """Return one command for each finding."""
    return "\n".join(map(_command, report.findings))


def _command(one: Finding) -> str:
    properties = {"file": one.file, "line": one.line, "title": f"portable: {one.rule} ({', '.join(one.targets)})"}
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    message = f"{one.message}\nInstead: {one.substitute}" if one.substitute else one.message
    return f"::{_COMMANDS[one.level]} {written}::{_data(message)}"


def _data(words: str) -> str:
    words = words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in words)


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
