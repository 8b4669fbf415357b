"""Takes a type; returns its JSON Schema (draft 2020-12), made by msgspec or, where only pydantic knows the type, by pydantic."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from portable.base.typed import field_types, is_class_of_fields, needs_pydantic
from portable.eventing.uploads import FILE_SCHEMA, UploadedFile

Schema = Mapping[str, Any]
Use = Literal["read", "written"]


def described(kind: Any, reference: str, use: Use = "read") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a type, and those of the classes in it by name.

    `reference` is how the schema names such a class, such as "#/$defs/{name}". A value that is `written` may look other
    than one that is `read`: a pydantic model can have an alias for one of the two. Raises what the library raises for a
    type that it cannot describe.
    """
    if needs_pydantic(kind):
        return _of_pydantic(kind, reference, use)
    (whole,), classes = msgspec.json.schema_components((kind,), schema_hook=_of_ours, ref_template=reference)
    _mark_moments(kind, classes, set())
    return whole, classes


def _of_ours(kind: type) -> dict[str, Any]:
    """Return the schema of a class that only we know: a file of a form."""
    if kind is UploadedFile:
        return dict(FILE_SCHEMA)
    raise NotImplementedError


def _of_pydantic(kind: Any, reference: str, use: Use) -> tuple[dict[str, Any], dict[str, Any]]:
    from pydantic import TypeAdapter

    written = use == "written"
    by_alias = not written or bool((getattr(kind, "model_config", None) or {}).get("serialize_by_alias"))
    whole = TypeAdapter(kind).json_schema(
        by_alias=by_alias,
        ref_template=reference.replace("{name}", "{model}"),
        mode="serialization" if written else "validation",
    )
    classes = whole.pop("$defs", {})
    if is_class_of_fields(kind) and "$ref" not in whole:  # pydantic writes the outermost class in place
        return {"$ref": reference.format(name=kind.__name__)}, {**classes, kind.__name__: whole}
    return whole, classes


def _mark_moments(kind: Any, classes: Schema, seen: set[Any]) -> None:
    """Say of members that are moments that they are: msgspec calls one that may have no offset a string and no more."""
    if is_class_of_fields(kind) and kind not in seen:
        seen.add(kind)
        members = classes.get(kind.__name__, {}).get("properties", {})
        for (_, member), hint in zip(members.items(), field_types(kind).values(), strict=False):
            if datetime in (hint, *typing.get_args(hint)):
                for part in (member, *member.get("anyOf", ())):
                    if part.get("type") == "string":
                        part.setdefault("format", "date-time")
            _mark_moments(hint, classes, seen)
    for part in typing.get_args(kind):
        _mark_moments(part, classes, seen)
