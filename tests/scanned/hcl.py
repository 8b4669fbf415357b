"""Terraform's JSON -> the same configuration as HCL, of which checkov reads more: in JSON it passes over whole checks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MAPS = {
    "app_settings",
    "default_labels",
    "dimensions",
    "environment_variables",
    "labels",
    "tags",
    "user_labels",
    "variables",
}
"""Arguments that are maps. All others that hold objects are blocks."""
_TYPES = ("string", "number", "bool", "list(string)")


def hcl(document: Mapping[str, Any]) -> str:
    """Return a configuration as HCL, without its `terraform` block: versions of an engine that does not run here."""
    return "\n".join(_blocks(document))


def _blocks(document: Mapping[str, Any]) -> Iterator[str]:
    for kind, held in document.items():
        if kind in ("resource", "data"):
            for what, labels in held.items():
                yield from (_block(f'{kind} "{what}" "{label}"', one) for label, one in labels.items())
        elif kind == "locals":
            yield _block("locals", held, maps=set(held))
        elif kind != "terraform":
            yield from (_block(f'{kind} "{label}"', one) for label, one in held.items())


def _block(head: str, arguments: Mapping[str, Any], maps: set[str] = MAPS) -> str:
    """Return one block with all that is in it."""
    lines = []
    for name, value in arguments.items():
        inner = value if isinstance(value, list) else [value]
        if name not in maps and inner and all(isinstance(one, dict) for one in inner):
            lines += [_block(name, one) for one in inner]
        else:
            lines.append(f"{name} = {value if name == 'type' and value in _TYPES else json.dumps(value)}\n")
    return f"{head} {{\n{''.join(lines)}}}\n"
