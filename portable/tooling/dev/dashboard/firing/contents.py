"""Bodies and payloads in a form: fields made of their declared type; the plain data of a filled form."""

from __future__ import annotations

import base64
import typing
from collections.abc import Mapping
from typing import Any

from portable.base.typed import is_class_of_fields
from portable.errors import InvalidInput
from portable.tooling.app.model import Parameter
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.firing.types import Field, fields, sample, value_of
from portable.tooling.dev.dashboard.posted import Form

UPLOAD = Field("upload", "Or a file", "file", says="Its bytes are sent as they are.")


def bare(kind: Any) -> Any:
    """Return a type without what Annotated says of it, and of an optional one the type."""
    if typing.get_origin(kind) is typing.Annotated:
        return bare(kind.__origin__)
    rest = [each for each in typing.get_args(kind) if each is not type(None)]
    if len(rest) == 1 and type(None) in typing.get_args(kind):
        return bare(rest[0])
    return kind


def content_fields(parameter: Parameter, hints: Mapping[str, Any], prefix: str) -> list[Field]:
    """Return the fields of a body or payload: one for each member of a type with members, else one for all."""
    kind = hints.get(parameter.name, bytes)
    kind = kind if parameter.source == "body" else payload_type(kind)
    name = prefix.rstrip(".")
    if parameter.decoder in ("typed", "model"):
        members = fields(kind, prefix) if is_class_of_fields(bare(kind)) else None
        return members or [Field(name, name.title(), "json", words.pretty(sample(kind)), True)]
    if parameter.decoder == "json":
        return [Field(name, name.title(), "json", "{}", True)]
    return [Field(name, name.title(), "lines"), *([UPLOAD] if parameter.decoder == "raw" else [])]


def uploaded(form: Form) -> tuple[dict[str, str], str] | None:
    """Return the file that is the whole body or payload, as an event has it, and its media type; None if none was chosen."""
    file = form.file(UPLOAD.name)
    return None if file is None else (data(file.read()), file.content_type or "application/octet-stream")


def data(content: bytes) -> dict[str, str]:
    """Return bytes as an event in JSON has them."""
    return {"data": base64.b64encode(content).decode()}


def payload_type(kind: Any) -> Any:
    """Return the type of the payload of an event's annotation, such as Message[Job] or list[Record[Job]]."""
    kind = bare(kind)
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is list and arguments:
        return payload_type(arguments[0])
    return arguments[0] if arguments else bytes


def read_content(known: list[Field], form: Form, prefix: str) -> Any:
    """Return the body or payload of a form as plain data, text for raw bytes."""
    members = [field for field in known if field.name.startswith(prefix)]
    if members:
        return {field.label: value for field in members for there, value in [_read(field, form)] if there}
    whole = next((field for field in known if field.name == prefix.rstrip(".")), None)
    if whole is None:
        return None
    return _read(whole, form)[1] if whole.kind == "json" else form.text(whole.name)


def _read(field: Field, form: Form) -> tuple[bool, Any]:
    try:
        return value_of(field, form.text(field.name), form.given(field.name))
    except ValueError as error:
        what = "this is no JSON" if field.kind == "json" else "this cannot be read"
        raise InvalidInput(f"{what}: {error}", field.label) from error
