"""Takes the parameters that a handler reads from a form; returns the body of its operation, by media type."""

from __future__ import annotations

import typing
from typing import Any

from portable.base.typed import field_types
from portable.eventing.uploads import UploadedFile
from portable.tooling.app.openapi.components import Components
from portable.tooling.app.openapi.inputs import Input
from portable.tooling.app.simple import unconstrained

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def form_body(inputs: list[Input], components: Components) -> dict[str, Any] | None:
    """Return the body of an operation that reads a form, None if it reads none.

    A form with files is multipart. Any other may be sent in both ways.
    """
    found = [given for given in inputs if given.parameter.source == "form"]
    if not found:
        return None
    schemas = [components.of(given.kind) for given in found if not given.parameter.key]
    single = {given.parameter.key: components.of(given.kind) for given in found if given.parameter.key}
    if single:
        needed = [p.key for p in (given.parameter for given in found) if p.key and p.absent == "error"]
        schemas.append({"type": "object", "properties": single, **({"required": needed} if needed else {})})
    schema = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
    ways = (MULTIPART,) if any(_has_files(given.kind) for given in found) else (URLENCODED, MULTIPART)
    return {
        "content": {way: {"schema": schema} for way in ways},
        "required": any(given.parameter.absent == "error" for given in found),
    }


def _has_files(kind: Any) -> bool:
    kind = unconstrained(kind)
    parts = [*typing.get_args(kind), *field_types(typing.get_origin(kind) or kind).values()]
    return kind is UploadedFile or any(_has_files(part) for part in parts)
