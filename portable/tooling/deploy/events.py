"""Lines of an engine's machine-readable output -> events: planned changes, progress and diagnostics.

The form is that of `terraform plan -json` and `apply -json` ("machine-readable UI", version 1), which OpenTofu shares.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["create", "update", "delete", "replace", "forget", "import", "move"]
_ACTIONS: dict[str, Action] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "remove": "forget",
    "forget": "forget",
    "import": "import",
    "move": "move",
}
"""Actions that change something; `read` and `noop` do not."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan does with one resource: `kind` is its type, `name` its label, which for ours is the declared name."""

    address: str
    kind: str
    name: str
    action: Action


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of applying. `state` says whether it begins, goes on, is done or has failed."""

    address: str
    state: Literal["begun", "working", "done", "failed"]
    action: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning, in the words of the engine and the provider. `where` is the address it is about, or ""."""

    error: bool
    summary: str
    detail: str
    where: str = ""

    @property
    def text(self) -> str:
        """Return the whole text."""
        return f"{self.where}: {self.told}" if self.where else self.told

    @property
    def told(self) -> str:
        """Return what happened, without where."""
        return f"{self.summary}: {self.detail}" if self.detail else self.summary


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a plan or of an apply: it was gone through as a whole."""

    operation: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs after an apply; those that are secret are left out."""

    values: dict[str, Any]


Event = Change | Progress | Diagnostic | Summary | Outputs
_STATES: dict[str, Literal["begun", "working", "done", "failed"]] = {
    "apply_start": "begun",
    "apply_progress": "working",
    "apply_complete": "done",
    "apply_errored": "failed",
}


def read_event(line: str) -> Event | None:
    """Return the event of a line; None for one that says nothing that is needed here."""
    try:
        found = json.loads(line)
        return _event(found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _event(line: dict[str, Any]) -> Event | None:
    kind = line["type"]
    if kind == "planned_change":
        return _change(line["change"])
    if kind in _STATES:
        hook = line["hook"]
        return Progress(
            hook["resource"]["addr"], _STATES[kind], str(hook.get("action", "")), int(hook.get("elapsed_seconds", 0))
        )
    if kind == "diagnostic":
        told = line["diagnostic"]
        return Diagnostic(
            told["severity"] == "error", told["summary"], told.get("detail") or "", told.get("address") or ""
        )
    if kind == "outputs":
        return Outputs(
            {name: each["value"] for name, each in line["outputs"].items() if "value" in each and not each["sensitive"]}
        )
    if kind == "change_summary":
        return Summary(str(line["changes"]["operation"]))
    return None


def _change(planned: dict[str, Any]) -> Change | None:
    action = _ACTIONS.get(planned["action"])
    resource = planned["resource"]
    if action is None or resource["addr"].split(".")[-3:][0] == "data":
        return None
    return Change(resource["addr"], resource["resource_type"], resource["resource_name"], action)
