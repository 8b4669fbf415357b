"""What a type looks like as JSON: takes a declared type; returns its JSON Schema, a value to begin with, and fields of a form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portable.tooling.app.json_schema import Schema, described
from portable.tooling.dev import words

_DEEPEST = 6
"""How deep a value to begin with is made: a type may hold itself."""
_EXAMPLES = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "ada@example.org",
    "uri": "https://example.org",
    "decimal": "0",
}
FILES = ("file", "files")
INPUTS = {"integer": "number", "number": "number", "boolean": "checkbox", "string": "text"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `kind` is text, password, number, checkbox, select, json, lines, file or files.

    `name` is how the form sends it. `example` is what an event to begin with has where the field itself begins empty.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    says: str = ""
    step: str = ""
    example: str = ""

    @property
    def is_file(self) -> bool:
        """Whether files are chosen in it."""
        return self.kind in FILES


Groups = list[tuple[str, list[Field]]]
"""Fields of a form under their headings."""


def schema(kind: Any) -> Schema:
    """Return the JSON Schema of a type; {} for one that neither msgspec nor pydantic can describe."""
    try:
        whole, classes = described(kind, "#/$defs/{name}")
    except Exception:  # noqa: BLE001 - a type of the app's own may raise anything when it is described
        return {}
    return {**whole, "$defs": classes} if classes else whole


def sample(kind: Any) -> Any:
    """Return a value that a type takes, as plain data."""
    whole = schema(kind)
    return _sample(whole, whole, 0)


def resolved(part: Schema, whole: Schema) -> Schema:
    """Return a part of a schema without the reference that stands for it, and of several types the first that is not null."""
    for _ in range(_DEEPEST):
        if "$ref" in part:
            at: Any = whole
            for step in str(part["$ref"]).removeprefix("#/").split("/"):
                at = at.get(step, {})
            part = {**at, **{name: value for name, value in part.items() if name != "$ref"}}
        several = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
        if not several:
            break
        chosen = next((each for each in several if each.get("type") != "null"), several[0])
        part = {**{name: value for name, value in part.items() if name not in ("anyOf", "oneOf", "allOf")}, **chosen}
    return part


def _sample(part: Schema, whole: Schema, depth: int) -> Any:
    if "default" in part:
        return part["default"]
    part = resolved(part, whole)
    for given in ("default", "const"):
        if given in part:
            return part[given]
    for given in ("examples", "enum"):
        if part.get(given):
            return part[given][0]
    kind = part.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind == "object" or "properties" in part:
        required = part.get("required", ())
        fields = part.get("properties", {})
        wanted = {name: each for name, each in fields.items() if name in required or "default" in each}
        return {name: _sample(each, whole, depth + 1) for name, each in wanted.items()} if depth < _DEEPEST else {}
    if kind == "array":
        return _items(part, whole, depth)
    if kind == "string":
        return _EXAMPLES.get(part.get("format", ""), "x" * int(part.get("minLength", 0)))
    if kind in ("integer", "number"):
        return _number(part)
    return False if kind == "boolean" else None


def _items(part: Schema, whole: Schema, depth: int) -> list[Any]:
    if depth >= _DEEPEST:
        return []
    if "prefixItems" in part:
        return [_sample(each, whole, depth + 1) for each in part["prefixItems"]]
    items = part.get("items")
    found = _sample(items, whole, depth + 1) if isinstance(items, Mapping) and items else ""
    return [] if found in ("", None) and not part.get("minItems") else [found]


def file_kind(part: Schema, whole: Schema) -> str:
    """Return the kind of field for a file of a form or a list of them, "" for all that is no file."""
    items = part.get("items")
    found = resolved(items, whole) if isinstance(items, Mapping) else part
    is_file = found.get("format") == "binary" and "contentMediaType" in found  # pydantic says binary of its bytes, too
    return "" if not is_file else "file" if found is part else "files"


def _number(part: Schema) -> Any:
    if "minimum" in part:
        return part["minimum"]
    if "exclusiveMinimum" in part:
        return part["exclusiveMinimum"] + 1
    return min(0, part["maximum"]) if "maximum" in part else 0


def fields(kind: Any, prefix: str) -> list[Field] | None:
    """Return a field for each member of a type, None if it is no type with members."""
    whole = schema(kind)
    part = resolved(whole, whole)
    if not part.get("properties"):
        return None
    required = part.get("required", ())
    return [_field(name, each, whole, prefix, name in required) for name, each in part["properties"].items()]


def _field(name: str, part: Schema, whole: Schema, prefix: str, required: bool) -> Field:
    found = resolved(part, whole)
    value = _sample(part, whole, 1) if required else part.get("default", found.get("default"))
    says = str(found.get("description", ""))
    if chosen := file_kind(found, whole):
        return Field(f"{prefix}{name}", name, chosen, required=required, says=says)
    if found.get("enum") and all(isinstance(each, str) for each in found["enum"]):
        options = tuple(found["enum"]) if required else ("", *found["enum"])
        return Field(f"{prefix}{name}", name, "select", "" if value is None else str(value), required, options, says)
    kind = INPUTS.get(str(found.get("type")), "json")
    if kind == "json":
        text = "" if value is None and not required else words.pretty(value)
        return Field(f"{prefix}{name}", name, kind, text, required, says=says)
    step = "any" if found.get("type") == "number" else ""
    shown = "on" if value is True else "" if value is None or value is False else str(value)
    example = shown if kind == "text" and required and set(shown) <= {"x"} else ""  # made up: nobody wants to send it
    return Field(
        f"{prefix}{name}", name, kind, "" if example else shown, required, says=says, step=step, example=example
    )


def value_of(field: Field, text: str, given: bool) -> tuple[bool, Any]:
    """Return whether a field of a form has a value, and the value as plain data. Raises ValueError."""
    if field.kind == "checkbox":
        return (given or field.required or field.value == "on"), given
    if text == "" and (not field.required or field.kind in ("json", "number")):
        return False, None
    if field.kind == "json":
        return True, json.loads(text)
    if field.kind == "lines":
        return bool(text), text.splitlines()
    if field.kind == "number":
        return True, float(text) if field.step == "any" and not text.lstrip("-").isdecimal() else int(text)
    return True, text
