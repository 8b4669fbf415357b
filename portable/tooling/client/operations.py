"""Reads an OpenAPI document that we made; returns its operations as a client calls them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from portable.eventing.msgpack import MEDIA_TYPE as MSGPACK
from portable.tooling.app.openapi.inputs import REST

Schema = Mapping[str, Any]
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""The media types of forms."""
_UNASKED = ("206", "304")
"""Replies to requests with a range or a condition, which a client does not send."""
_WORDS = re.compile(r"[^0-9A-Za-z]+")


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter. `place` is path, query, header or cookie; `whole` says that a path parameter may hold slashes."""

    name: str
    place: str
    required: bool
    schema: Schema
    whole: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: its media type and schema."""

    media_type: str
    schema: Schema
    required: bool

    @property
    def is_form(self) -> bool:
        """Whether it is a form, which our clients send as multipart."""
        return self.media_type in FORMS


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `replies` are (media type, schema) of each answer that is no error; "" and {} for one without a body."""

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    replies: tuple[tuple[str, Schema], ...]
    says: str = ""


def operations(document: Schema) -> tuple[Operation, ...]:
    """Return the operations of a document, in its order."""
    return tuple(
        _operation(path, method, each)
        for path, methods in document["paths"].items()
        for method, each in methods.items()
    )


def _operation(path: str, method: str, given: Schema) -> Operation:
    parameters = tuple(
        Parameter(
            each["name"],
            each["in"],
            bool(each.get("required")),
            each["schema"],
            bool(each.get(REST)),
            each.get("description", ""),
        )
        for each in given.get("parameters", ())
    )
    body = None
    if "requestBody" in given:
        media_type, content = next(iter(given["requestBody"]["content"].items()))
        body = Body(media_type, content.get("schema", {}), bool(given["requestBody"].get("required")))
    replies = tuple(
        (media_type, content.get("schema", {}))
        for status, reply in given["responses"].items()
        if status[0] in "123" and status not in _UNASKED
        for media_type, content in reply.get("content", {"": {}}).items()
        if media_type != MSGPACK  # a client does not ask for it
    )
    says = "\n\n".join(part for part in (given.get("summary", ""), given.get("description", "")) if part)
    return Operation(given["operationId"], method.upper(), path, parameters, body, replies, says)


def is_file(schema: Schema) -> bool:
    """Return whether a schema is that of a file of a form."""
    return schema.get("type") == "string" and schema.get("format") == "binary"


def identifier(name: str, taken: frozenset[str] = frozenset()) -> str:
    """Return a name as a Python identifier in snake case. A keyword, and a name that is taken, gets `_` at its end."""
    made = _WORDS.sub("_", name).strip("_") or "value"
    made = f"_{made}" if made[0].isdigit() else made
    return free(made, {*keyword.kwlist, *taken})


def free(name: str, taken: Container[str]) -> str:
    """Return a name, with so many `_` at its end that nothing else has it."""
    while name in taken:
        name += "_"
    return name


def camel(name: str) -> str:
    """Return a name in camel case."""
    first, *rest = [part for part in _WORDS.split(name) if part] or ["value"]
    made = first[0].lower() + first[1:] + "".join(part[0].upper() + part[1:] for part in rest)
    return f"_{made}" if made[0].isdigit() else made
