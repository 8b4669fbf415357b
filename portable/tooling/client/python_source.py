"""Takes an OpenAPI document; returns a client in Python: one module that needs only the standard library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from portable.tooling.app.openapi.sources import ANY
from portable.tooling.client import python_text
from portable.tooling.client.operations import Body, Operation, Parameter, Schema, identifier, is_file, operations

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_OWN = frozenset(("self", "body", "answer"))
"""Names that a method has already."""
_CLASSES = frozenset(("Any", "ApiError", "Client", "File", "HTTPError", "Literal", "Mapping", "NotRequired", "Request"))
"""Names that the module has already; what is written below it, too."""
_TYPES = frozenset(("TypeAlias", "TypedDict"))
_GROUPS = (("query", "query"), ("header", "headers"), ("cookie", "cookies"))
"""Places of parameters, and the argument of `_send` that takes those of each."""


def source(document: Schema) -> str:
    """Return the module."""
    names = class_names(document)
    info = document["info"]
    files = python_text.FILE if '"format": "binary"' in json.dumps(document) else ""
    forms = any(each.body is not None and each.body.is_form for each in operations(document))
    text = python_text.HEAD.format(
        title=_docstring(info["title"], 0),
        version=_docstring(info["version"], 0),
        further="from uuid import uuid4\n" if forms else "",
    )
    text += files
    for name, schema in document["components"]["schemas"].items():
        text += f"\n{_declared(names[name], schema, names)}\n"
    text += python_text.ERROR + python_text.CLIENT
    taken: set[str] = set()
    for each in operations(document):
        name = identifier(each.name, frozenset(taken))
        taken.add(name)
        text += "\n" + "\n".join(f"    {line}" if line else "" for line in _method(name, each, names)) + "\n"
    return text + python_text.SEND + (python_text.FORM if forms else "")


def class_names(document: Schema) -> dict[str, str]:
    """Return the name of the class of each schema of a document."""
    found: dict[str, str] = {}
    for name in document["components"]["schemas"]:
        found[name] = identifier(name, _CLASSES.union(_TYPES, found.values()))
    return found


def _declared(name: str, schema: Schema, names: Mapping[str, str]) -> str:
    """Return the declaration of a named schema: a TypedDict for an object with properties, else an alias."""
    properties = schema.get("properties")
    if not properties:
        return f"{name}: TypeAlias = {kind(schema, names)!r}\n"
    required = schema.get("required", ())
    fields = {
        key: kind(part, names) if key in required else f"NotRequired[{kind(part, names)}]"
        for key, part in properties.items()
    }
    if all(identifier(key) == key for key in fields):
        says = [f'    """{_docstring(schema["description"], 4)}"""', ""] if schema.get("description") else []
        members = [f"    {key}: {each}" for key, each in fields.items()]
        return "\n".join([f"class {name}(TypedDict):", *says, *members, ""])
    members = [f"    {_text(key)}: {each!r}," for key, each in fields.items()]
    return "\n".join([f"{name} = TypedDict({_text(name)}, {{", *members, "})", ""])


def kind(schema: Schema, names: Mapping[str, str]) -> str:
    """Return the Python type of what a schema describes."""
    if "$ref" in schema:
        return names[str(schema["$ref"]).rpartition("/")[2]]
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(_text(value) if isinstance(value, str) else repr(value) for value in values)}]"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _union([kind(part, names) for part in schema[several]])
    if is_file(schema):
        return "File"
    given = schema.get("type")
    if isinstance(given, list):
        return _union([kind({**schema, "type": each}, names) for each in given])
    if given == "array":
        return f"list[{kind(schema.get('items') or {}, names)}]"
    if given == "object":
        rest = schema.get("additionalProperties")
        return f"dict[str, {kind(rest, names) if isinstance(rest, Mapping) else 'Any'}]"
    return _SCALARS.get(str(given), "Any")


def _union(parts: list[str]) -> str:
    return "Any" if "Any" in parts or not parts else " | ".join(dict.fromkeys(parts))


def _method(name: str, operation: Operation, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a method."""
    called = _called(operation.parameters)
    returned = _union([_reply(media_type, schema, names) for media_type, schema in operation.replies])
    yield from _on_lines(f"def {name}(", _arguments(operation, called, names), f") -> {returned}:")
    yield f'    """{_docstring(operation.says or f"Send {operation.method} {operation.path}.", 8)}"""'
    sent = [_text(operation.method), _path(operation, called)]
    for place, argument in _GROUPS:
        pairs = [f"{_text(each)}: {called[at, each]}" for at, each in called if at == place]
        sent += [f"{argument}={{{', '.join(pairs)}}}"] if pairs else []
    if operation.body is not None and operation.body.is_form:
        sent.append("**_form(body)")
    elif operation.body is not None:
        sent += [f"body={_bytes(operation.body)}", f"media_type={_text(operation.body.media_type)}"]
    answer = "" if returned == "None" else f"answer: {returned} = "
    yield from (f"    {line}" for line in _on_lines(f"{answer}self._send(", sent, ")"))
    if answer:
        yield "    return answer"


def _on_lines(before: str, arguments: list[str], after: str) -> list[str]:
    """Return a call or a definition: on one line if it is short, else with an argument on each line."""
    line = f"{before}{', '.join(arguments)}{after}"
    return [line] if len(line) <= 100 else [before, *(f"    {argument}," for argument in arguments), after]


def _arguments(operation: Operation, called: Mapping[tuple[str, str], str], names: Mapping[str, str]) -> list[str]:
    """Return the arguments of a method: path parameters and the body by place, all others by name."""
    path = [each for each in operation.parameters if each.place == "path"]
    named = sorted((each for each in operation.parameters if each.place != "path"), key=lambda each: not each.required)
    found = ["self", *(f"{called['path', each.name]}: {kind(each.schema, names)}" for each in path)]
    if operation.body is not None:
        found.append(_maybe("body", _sent(operation.body, names), operation.body.required))
    found += ["*"] if named else []
    return found + [_maybe(called[each.place, each.name], kind(each.schema, names), each.required) for each in named]


def _maybe(name: str, said: str, required: bool) -> str:
    """Return an argument, which may be left out if it is not required."""
    if required:
        return f"{name}: {said}"
    return f"{name}: {said} = None" if said == "Any" else f"{name}: {_union([said, 'None'])} = None"


def _path(operation: Operation, called: Mapping[tuple[str, str], str]) -> str:
    """Return the expression of a path."""
    path = operation.path
    for each in operation.parameters:
        if each.place == "path":
            safe = "/" if each.whole else ""
            path = path.replace(f"{{{each.name}}}", f"{{quote(_text({called['path', each.name]}), {safe!r})}}")
    return f'f"{path}"' if path != operation.path else _text(path)


def _called(parameters: tuple[Parameter, ...]) -> dict[tuple[str, str], str]:
    """Return the name of the argument of each parameter, by its place and name."""
    found: dict[tuple[str, str], str] = {}
    for each in parameters:
        found[each.place, each.name] = identifier(each.name, _OWN.union(found.values()))
    return found


def _sent(body: Body, names: Mapping[str, str]) -> str:
    if body.is_form:
        return kind(body.schema, names)
    return {"application/json": kind(body.schema, names), "text/plain": "str"}.get(body.media_type, "bytes")


def _bytes(body: Body) -> str:
    """Return the expression of a body's bytes."""
    made = {"application/json": "json.dumps(body).encode()", "text/plain": "body.encode()"}.get(body.media_type, "body")
    return made if body.required or made == "body" else f"None if body is None else {made}"


def _reply(media_type: str, schema: Schema, names: Mapping[str, str]) -> str:
    if not media_type:
        return "None"
    if media_type == ANY:
        return "Any"
    if media_type == "application/json":
        return kind(schema, names)
    return "str" if media_type.startswith("text/") else "bytes"


def _text(text: str) -> str:
    """Return a text between quotes."""
    return json.dumps(text, ensure_ascii=False)


def _docstring(text: str, indent: int) -> str:
    """Return a text as it stands between the quotes of a docstring."""
    safe = text.replace("\\", "\\\\").replace('"""', "'''")
    safe = f"{safe} " if safe.endswith('"') else safe
    first, *rest = safe.splitlines() or [""]
    lines = [f"{' ' * indent}{line}" if line else "" for line in rest]
    return "\n".join([first, *lines, *([" " * indent] if lines else [])])
