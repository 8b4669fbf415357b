"""Parts of the page of an OpenAPI document -> HTML: texts, and the types of values in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "like {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "default": "{} if it is left out",
}
"""What a schema says of a value, beside its type, in words."""


class Link:
    """A link to a part of the page, written by its name."""

    def __init__(self, kind: str, name: str) -> None:
        self._kind = kind
        self._name = name

    def __str__(self) -> str:
        return f'<a href="#{self._kind}-{escape(self._name)}"><code>{escape(self._name)}</code></a>'


def code(text: Any) -> str:
    """Return a text as code."""
    return f"<code>{escape(str(text))}</code>"


def paragraphs(text: str) -> str:
    """Return a text with a paragraph for each that an empty line ends."""
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())


def shown(schema: Any) -> str:
    """Return the type of a value in words, classes as links; "" for a schema that says nothing."""
    if not isinstance(schema, Mapping):
        return "anything" if schema else ""
    if "$ref" in schema:
        return str(Link("schema", schema["$ref"].rpartition("/")[2]))
    for word, joined in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if word in schema:
            return _limited(joined.join(shown(part) for part in schema[word]), schema)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return _limited(" or ".join(code(_plain(value)) for value in values), schema)
    kind = schema.get("type", "")
    kind = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if kind == "array":
        return _limited(_array(schema), schema)
    if kind == "object" and "properties" not in schema:
        values = shown(schema.get("additionalProperties", {}))
        return _limited(f"an object of {values}" if values else "an object", schema)
    words = f"{escape(kind)} ({escape(schema['format'])})" if "format" in schema else escape(kind)
    members = ", ".join(f"{code(name)}: {shown(part)}" for name, part in schema.get("properties", {}).items())
    return _limited(f"{words} {{ {members} }}" if members else words, schema)


def _array(schema: Mapping[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"an array of {', '.join(shown(part) for part in schema['prefixItems'])}"
    items = shown(schema.get("items", {}))
    return f"an array of {items}" if items else "an array"


def _limited(words: str, schema: Mapping[str, Any]) -> str:
    said = [text.format(code(_plain(schema[key]))) for key, text in _LIMITS.items() if key in schema]
    return ", ".join([words, *said] if words else said)


def _plain(value: Any) -> str:
    from json import dumps

    return value if isinstance(value, str) else dumps(value, ensure_ascii=False)


def schema_block(name: str, schema: Mapping[str, Any]) -> str:
    """Return the block of a class: its members, or the type that it stands for."""
    return "\n".join(_block(name, schema))


def _block(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<article id="schema-{escape(name)}"><h3>{code(name)}</h3>{paragraphs(schema.get("description", ""))}'
    members = schema.get("properties")
    if not members:
        yield f"<p>{shown(schema)}</p></article>"
        return
    needed = schema.get("required", ())
    yield "<table><thead><tr><th>member</th><th>type</th><th></th></tr></thead><tbody>"
    for member, part in members.items():
        says = escape(part.get("description", "")) if isinstance(part, Mapping) else ""
        when = "needed" if member in needed else "may be left out"
        yield (
            f'<tr><th scope="row">{code(member)}</th><td>{shown(part)}</td>'
            f"<td>{when}{'. ' if says else ''}{says}</td></tr>"
        )
    yield "</tbody></table></article>"
