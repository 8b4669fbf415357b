"""A trigger -> what fires the function, in words, for generated files and the command's report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def title(trigger: Mapping[str, Any]) -> str:
    """Return what fires a function: "PUT /photos/{name}", "object created in photos", "messages of queue jobs"."""
    kind = trigger["kind"]
    if kind == "http":
        return f"{'ANY' if trigger['method'] == '*' else trigger['method']} {trigger['path']}"
    if kind == "schedule":
        return f"schedule {trigger['expression']} {trigger['timezone']}"
    if kind == "object":
        return f"object {trigger['event']} in {trigger['bucket']}"
    return f"messages of {kind} {trigger[kind]}"
