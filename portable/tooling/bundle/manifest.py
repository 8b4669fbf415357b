"""A `Bundle` and its zip -> manifest.json: what was made, for commands, infrastructure and people."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from portable.tooling.bundle.bundle import Bundle

SCHEMA = 1
NAME = "manifest.json"


def manifest(bundle: Bundle, zipped: bytes) -> dict[str, Any]:
    """Return the manifest as plain data; `provided` is there when the app uses distributions that the host has."""
    plan = bundle.plan
    declared = {function.name: function for function in plan.app.functions}
    functions = []
    for planned in plan.functions:
        function = declared[planned.name]
        functions.append(
            {
                "name": function.name,
                "trigger": function.trigger,
                "entry": planned.entry,
                "memory": function.memory,
                "timeout": function.timeout,
                "grants": [
                    {"resource": grant.resource, "kind": grant.kind, "actions": list(grant.actions)}
                    for grant in function.grants
                ],
                **({"details": planned.details} if planned.details else {}),
            }
        )
    found = {
        "schema": SCHEMA,
        "target": plan.target,
        "app": plan.app.name,
        "python": plan.python,
        "functions": functions,
        "resources": [
            {"kind": resource.kind, "name": resource.name, "options": resource.options}
            for resource in plan.app.resources
        ],
        "requirements": [
            {"name": item.name, "version": item.version, "hashes": list(item.hashes)} for item in bundle.requirements
        ],
        "sha256": hashlib.sha256(zipped).hexdigest(),
        "size": len(zipped),
        "notes": list(bundle.notes),
    }
    return found | ({"provided": list(bundle.provided)} if bundle.provided else {})


def manifest_text(found: dict[str, Any]) -> str:
    """Return the text of a manifest."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
