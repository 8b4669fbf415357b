"""What of a log is wanted -> a filter of Cloud Logging, and its entries as lines (`entries:list`).

Every text in a filter is a quoted literal, whatever it holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from portable.tooling.infra.remote import LogLine, LogsWanted
from portable_gcp.deploy.infra.places import Service
from portable_gcp.deploy.remote.cloud import GoogleCloud

AT_ONCE = 100
"""Services named in one filter, which has at most 20,000 characters (Cloud Logging quotas)."""
PAGE = 1000
_SEVERITIES = {"DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"}
"""The severities that a filter can compare with. Others are compared by the caller."""


def read(cloud: GoogleCloud, wanted: LogsWanted) -> Iterator[LogLine]:
    """Yield the lines of the services that run the wanted functions."""
    names = {function.name for function in wanted.functions}
    services = [
        service
        for service in cloud.places.services.values()
        if names & {function.name for function in service.functions}
    ]
    labels = {service.name: _label(service) for service in services}
    for start in range(0, len(services), AT_ONCE):
        asked: dict[str, Any] = {
            "resourceNames": [f"projects/{cloud.project}"],
            "filter": log_filter(wanted, [service.name for service in services[start : start + AT_ONCE]]),
            "orderBy": "timestamp asc",
            "pageSize": PAGE,
        }
        for entry in _entries(cloud, asked):
            yield _line(entry, labels)


def log_filter(wanted: LogsWanted, services: Sequence[str]) -> str:
    """Return the filter for the lines of services."""
    parts = [
        'resource.type="cloud_run_revision"',
        f"resource.labels.service_name=({' OR '.join(literal(name) for name in services)})",
        f"timestamp>={literal(wanted.since.astimezone(UTC).isoformat())}",
    ]
    if wanted.level in _SEVERITIES:
        parts.append(f"severity>={wanted.level}")
    if wanted.request is not None:
        text = literal(wanted.request)
        parts.append(f"(labels.execution_id={text} OR jsonPayload.execution_id={text} OR textPayload:{text})")
    return " AND ".join(parts)


def literal(text: str) -> str:
    """Return a text as a quoted literal. What UTF-8 cannot hold is a question mark, which matches nothing else."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)


def _entries(cloud: GoogleCloud, asked: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    url = f"{cloud.endpoints.logging}/v2/entries:list"
    while True:
        found = cloud.api.json(f"reading the logs of {cloud.project}", "POST", url, asked) or {}
        yield from found.get("entries", ())
        if not found.get("nextPageToken"):
            return
        asked = {**asked, "pageToken": found["nextPageToken"]}


def _line(entry: Mapping[str, Any], labels: Mapping[str, str]) -> LogLine:
    at = str(entry.get("timestamp") or entry.get("receiveTimestamp"))
    service = str(entry.get("resource", {}).get("labels", {}).get("service_name", ""))
    severity = str(entry.get("severity") or "")
    level = "" if severity == "DEFAULT" else severity
    request = str((entry.get("labels") or {}).get("execution_id") or "")
    own = f"{entry.get('insertId')} {at}"
    return LogLine(
        own, datetime.fromisoformat(at).astimezone(UTC), labels.get(service, service), _text(entry), level, request
    )


def _text(entry: Mapping[str, Any]) -> str:
    """Return what was written. Of a line of JSON, Cloud Logging has taken out the time and the severity."""
    if isinstance(entry.get("textPayload"), str):
        return str(entry["textPayload"]).rstrip("\n")
    payload = entry.get("jsonPayload")
    if isinstance(payload, Mapping):
        taken = {"time": entry.get("timestamp"), "severity": entry.get("severity", "DEFAULT")}
        return json.dumps({**taken, **payload}, ensure_ascii=False)
    request = entry.get("httpRequest")
    if isinstance(request, Mapping):
        return " ".join(str(request.get(name, "-")) for name in ("requestMethod", "requestUrl", "status", "latency"))
    return json.dumps(entry.get("protoPayload") or {}, ensure_ascii=False)


def _label(service: Service) -> str:
    """Return what a line is said to be of: the only function of a service, or the service."""
    return service.functions[0].name if len(service.functions) == 1 else service.name
