"""The Application Insights of a stage in, its traces and exceptions as lines out (Azure Monitor Logs query API)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from portable.errors import PortableError
from portable.tooling.infra.remote import LogLine, LogsWanted
from portable_azure.deploy.remote.cloud import AzureCloud
from portable_azure.deploy.remote.kql import query

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def read(cloud: AzureCloud, wanted: LogsWanted) -> Iterator[LogLine]:
    """Yield the lines of the function apps that run the wanted functions."""
    names = {function.name for function in wanted.functions}
    apps = [app.name for app in cloud.apps.values() if names & {function.name for function in app.functions}]
    insights = f"{cloud.group}/providers/microsoft.insights/components/{quote(cloud.places.insights)}"
    url = f"{cloud.endpoints.logs}/v1{insights}/query"
    what = f"reading the logs of {cloud.places.insights}"
    found = cloud.monitoring.json(what, "POST", url, {"query": query(wanted, apps)}) or {}
    if found.get("error"):
        raise PortableError(
            f"{what}: Azure Monitor gave only a part: {found['error'].get('message')}. Ask for less with --since"
        )
    known = {function.name for function in cloud.running.blueprint.functions}
    for table in found.get("tables", ()):
        columns = [column["name"] for column in table["columns"]]
        for row in table["rows"]:
            yield _line(dict(zip(columns, row, strict=True)), known)


def _line(row: Mapping[str, Any], known: set[str]) -> LogLine:
    at = datetime.fromisoformat(str(row["TimeGenerated"])).astimezone(UTC)
    text = str(row["Message"] or "").rstrip("\n")
    severity = row.get("SeverityLevel")
    level = _LEVELS[int(severity)] if severity is not None and 0 <= int(severity) < len(_LEVELS) else ""
    request = str(row.get("InvocationId") or row.get("OperationId") or "")
    own = f"{row['TimeGenerated']} {request} {text}"
    line = str(row.get("Id") or sha256(own.encode("utf-8", "surrogatepass")).hexdigest())
    return LogLine(line, at, _function(row, known), text, level, request)


def _function(row: Mapping[str, Any], known: set[str]) -> str:
    """Return the function that wrote a line: the host's category is `Function.<name>` or `Function.<name>.User`."""
    parts = str(row.get("Category") or "").split(".")
    named = [parts[1]] if parts[0] == "Function" and len(parts) > 1 else []
    return next(
        (name for name in (*named, row.get("OperationName")) if name in known), str(row.get("AppRoleName") or "")
    )
