"""host.json and local.settings.json -> what they mean for functions, and notes on the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portable.tooling.adopt.values import Kind, Note

HOST = "host.json"
LOCAL = "local.settings.json"
OWN = frozenset(
    {"AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "AzureWebJobsFeatureFlags"}
)
KNOWN = frozenset({"version", "extensionBundle", "functionTimeout", "extensions", "logging"})


@dataclass(frozen=True, slots=True)
class Host:
    """What the host does for all functions: the prefix of routes, the time-out in seconds, attempts, the time zone, settings."""

    prefix: str = "api"
    timeout: int | None = None
    attempts: int | None = None
    timezone: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def read_host(host: str | None, local: str | None) -> Host:
    """Return what both files say. A text that is no JSON becomes a note."""
    notes: list[Note] = []
    document = _parsed(host, HOST, notes)
    settings = _parsed(local, LOCAL, notes)
    extensions: dict[str, Any] = document.get("extensions") or {}
    http = extensions.get("http") or {}
    queues = extensions.get("queues") or {}
    for key in sorted(set(document) - KNOWN):
        instead = "see docs/azure.md for what portable writes into host.json"
        notes.append(Note(Kind.lost, f"host.json: {key}", _place(host, HOST, key), instead))
    for key in sorted(set(extensions) - {"http", "queues"}):
        instead = "options of a trigger stand in its function: batch=, window=, retry= (docs/functions.md)"
        notes.append(Note(Kind.lost, f"host.json: extensions.{key}", _place(host, HOST, key), instead))
    if set(http) - {"routePrefix"}:
        what = f"host.json: {', '.join(sorted(set(http) - {'routePrefix'}))} of HTTP"
        notes.append(
            Note(
                Kind.lost,
                what,
                _place(host, HOST, "http"),
                "limits are max_body= and concurrency= of a function (docs/http.md)",
            )
        )
    values = {str(key): str(value) for key, value in (settings.get("Values") or {}).items()}
    own = sorted(set(values) - OWN)
    if own:
        what = f"the app settings {', '.join(own)} are not copied: {LOCAL} may hold secrets"
        instead = "a secret is a Secret, other values are a Setting or environment= of the function (docs/settings.md)"
        notes.append(Note(Kind.set_up, what, f"{LOCAL}:1", instead))
    if (settings.get("Host") or {}).get("CORS"):
        what = f"Host.CORS = {settings['Host']['CORS']!r} holds on this machine only"
        notes.append(
            Note(Kind.lost, what, _place(local, LOCAL, "CORS"), "say cors= at the routes (docs/http.md#routes)")
        )
    attempts = queues.get("maxDequeueCount")
    return Host(
        str(http.get("routePrefix", "api")).strip("/"),
        _seconds(document.get("functionTimeout")),
        attempts if isinstance(attempts, int) and 1 <= attempts <= 100 else None,
        values.get("WEBSITE_TIME_ZONE") or values.get("TZ") or "",
        values,
        tuple(notes),
    )


def _parsed(text: str | None, path: str, notes: list[Note]) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        notes.append(Note(Kind.lost, f"{path} is no JSON: {error}", f"{path}:1", "give its options by hand"))
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(text: object) -> int | None:
    parts = str(text).split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = (int(part) for part in parts)
    total = (hours * 60 + minutes) * 60 + seconds
    return min(total, 900) or None


def _place(text: str | None, path: str, key: str) -> str:
    for number, line in enumerate((text or "").splitlines(), 1):
        if f'"{key}"' in line:
            return f"{path}:{number}"
    return f"{path}:1"
