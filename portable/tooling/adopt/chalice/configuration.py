"""`.chalice/config.json` -> options of functions, environment variables and notes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portable.tooling.adopt.lifting import quoted
from portable.tooling.adopt.values import Kind, Note

PATH = ".chalice/config.json"
ENVIRONMENT = "environment"
"""The module with the variables of the functions."""
TOLD = {
    "iam_policy_file": "permissions are the types of parameters, such as Annotated[TableReader, orders]",
    "iam_role_arn": "portable makes a role for each function from what it asks for",
    "autogen_policy": "permissions are the types of parameters, such as Annotated[TableReader, orders]",
    "layers": "dependencies ship in the bundle",
    "subnet_ids": "a function in a network of yours: add it to the infrastructure that portable infra writes",
    "security_group_ids": "a function in a network of yours: add it to the infrastructure that portable infra writes",
    "api_gateway_custom_domain": "a domain of yours: see docs/deploy.md",
    "api_gateway_endpoint_type": "portable makes an HTTP API",
    "minimum_compression_size": "an HTTP API does not compress: see docs/replies.md for compression by the function",
    "reserved_concurrency": "@function(…, concurrency=…)",
    "xray": "traces are the extra otel (docs/tracing.md)",
    "tags": "add them to the infrastructure that portable infra writes",
    "websocket_api_custom_domain": "WebSockets are a gap of portable",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the configuration says: the name of the app, options for functions, variables, and the notes on the rest."""

    name: str = ""
    options: dict[str, str] = field(default_factory=dict)
    functions: dict[str, dict[str, str]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def read_configuration(text: str | None) -> Configuration:
    """Return what a config.json says. A text that is no JSON becomes a note."""
    if text is None:
        return Configuration()
    try:
        document = json.loads(text)
    except ValueError as error:
        return Configuration(notes=(Note(Kind.lost, f"config.json is no JSON: {error}", PATH, "give options by hand"),))
    if not isinstance(document, dict):
        return Configuration(notes=(Note(Kind.lost, "config.json is no object", PATH, "give options by hand"),))
    notes: list[Note] = []
    stages = {name: _table(stage) for name, stage in _table(document.get("stages")).items()}
    first = next(iter(stages), "")
    merged = {**document, **stages[first]} if first else document
    environment = {
        **_table(document.get("environment_variables")),
        **_table(stages.get(first, {}).get("environment_variables")),
    }
    for stage in list(stages)[1:]:
        notes += _other_stage(stage, stages[stage], first)
    for key, instead in TOLD.items():
        if merged.get(key):
            notes.append(Note(Kind.lost, f"{key} = {json.dumps(merged[key])}", _place(text, key), instead))
    if environment:
        what = f"the variables {', '.join(sorted(environment))} are environment= of the functions, with the values of config.json"
        instead = "a secret belongs in a Secret, what differs between stages in a Setting (docs/settings.md)"
        notes.append(Note(Kind.set_up, what, _place(text, "environment_variables"), instead))
    functions = {
        name: _options(options, notes, text)
        for name, options in _table(merged.get("lambda_functions")).items()
        if isinstance(options, dict)
    }
    return Configuration(
        str(document.get("app_name") or ""),
        _options(merged, notes, text),
        functions,
        {key: str(value) for key, value in environment.items()},
        tuple(notes),
    )


def environment_text(variables: Mapping[str, str]) -> str:
    """Return the module with the variables of the functions."""
    lines = "".join(f"    {quoted(name)}: {quoted(value)},\n" for name, value in variables.items())
    return f'"""The environment variables of the functions."""\n\nENVIRONMENT = {{\n{lines}}}\n'


def _table(value: Any) -> dict[str, Any]:
    """Return an object of the configuration, {} for anything else: Chalice refuses it, too."""
    return value if isinstance(value, dict) else {}


def _options(table: dict[str, Any], notes: list[Note], text: str) -> dict[str, str]:
    found = {}
    for key, name, low, high in (("lambda_memory_size", "memory", 128, 10_240), ("lambda_timeout", "timeout", 1, 900)):
        value = table.get(key)
        if isinstance(value, int) and low <= value <= high:
            found[name] = str(value)
        elif value is not None:
            notes.append(
                Note(
                    Kind.lost, f"{key} = {value!r}", _place(text, key), f"@function(…, {name}=…) takes {low} to {high}"
                )
            )
    return found


def _other_stage(stage: str, table: dict[str, Any], first: str) -> list[Note]:
    kept = {key: value for key, value in table.items() if key not in ("api_gateway_stage", "autogen_policy")}
    if not kept:
        return []
    instead = (
        f"what was carried over is of the stage {first!r}; what differs between stages is a Setting (docs/settings.md)"
    )
    return [Note(Kind.lost, f"the stage {stage!r} has its own {', '.join(sorted(kept))}", f"{PATH}", instead)]


def _place(text: str, key: str) -> str:
    for number, line in enumerate(text.splitlines(), 1):
        if f'"{key}"' in line:
            return f"{PATH}:{number}"
    return PATH
