"""What of a log is wanted -> a query of Kusto (Log Analytics). Every text in it is a literal, whatever it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from portable.tooling.infra.remote import LogsWanted

_SEVERITIES = {"DEBUG": 0, "INFO": 1, "WARNING": 2, "ERROR": 3, "CRITICAL": 4}
"""What Application Insights calls the levels ("AppTraces", SeverityLevel). Others are filtered by the caller."""
_COLUMNS = (
    'Id = column_ifexists("_ItemId", "")',
    "TimeGenerated",
    "Message",
    "SeverityLevel",
    "OperationId",
    "OperationName",
    "AppRoleName",
    "InvocationId = tostring(Properties.InvocationId)",
    "Category = tostring(Properties.Category)",
)
_TABLES = "AppTraces", "(AppExceptions | extend Message = strcat(OuterType, ': ', OuterMessage))"


def query(wanted: LogsWanted, apps: Sequence[str]) -> str:
    """Return the query for the lines of function apps."""
    lines = [
        f"union isfuzzy=true {', '.join(_TABLES)}",
        f"where TimeGenerated >= {_moment(wanted.since)}",
        f"where AppRoleName in~ ({', '.join(literal(app) for app in apps)})",
    ]
    if wanted.level in _SEVERITIES:
        lines.append(f"where SeverityLevel >= {_SEVERITIES[wanted.level]}")
    if wanted.request is not None:
        text = literal(wanted.request)
        lines.append(
            f"where OperationId == {text} or tostring(Properties.InvocationId) == {text} or Message contains_cs {text}"
        )
    lines += [f"project {', '.join(_COLUMNS)}", "order by TimeGenerated asc"]
    return "\n| ".join(lines)


def literal(text: str) -> str:
    """Return a text as a string literal. All but letters, digits and what is plain in them is written as an escape."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character.isascii() and (character.isalnum() or character in "-_. :/"):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _moment(at: datetime) -> str:
    return f"datetime({at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%f')}Z)"
