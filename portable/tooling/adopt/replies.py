"""Writes what a handler replies: `Response.json`, `Response.text` or `Response`, by what is known of the body."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, text_of
from portable.tooling.adopt.source import Source

JSON = "application/json"
TEXT = "text/plain"
BODILESS = (204, 205, 304)
TEXT_CALLS = frozenset(
    {
        "str",
        "repr",
        "format",
        "join",
        "decode",
        "strip",
        "lower",
        "upper",
        "replace",
        "render",
        "render_template",
        "isoformat",
        "dumps",
    }
)
BYTES_CALLS = frozenset({"encode", "b64decode", "getvalue", "get_body", "get_data", "tobytes"})
JSON_CALLS = frozenset(
    {"dict", "list", "len", "sorted", "to_dict", "asdict", "get_json", "jsonify", "int", "float", "bool"}
)

REPLY = '''
def reply(
    body: Any, status: int = 200, headers: dict[str, str] | None = None, media_type: str | None = None
) -> Response:
    """Return text and bytes as they are, and any other value as JSON."""
    if isinstance(body, str | bytes):
        return Response(body, status, headers, media_type)
    return Response.json(body, status, headers)
'''


class Shape(Enum):
    """What is known of a value by its source."""

    text = auto()
    dumped = auto()
    data = auto()
    json = auto()
    nothing = auto()
    unknown = auto()


def shape_of(source: Source, node: ast.expr | None, depth: int = 0) -> Shape:
    """Return what a value is: text, JSON as text, bytes, what becomes JSON, None, or unknown."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return Shape.nothing
    if isinstance(node, ast.Constant):
        return (
            Shape.text if isinstance(node.value, str) else Shape.data if isinstance(node.value, bytes) else Shape.json
        )
    if isinstance(node, ast.JoinedStr):
        return Shape.text
    if isinstance(node, ast.Dict | ast.List | ast.ListComp | ast.DictComp | ast.Compare):
        return Shape.json
    if isinstance(node, ast.Attribute) and node.attr == "json_body":
        return Shape.json
    if isinstance(node, ast.BinOp):
        sides = {shape_of(source, node.left, depth + 1), shape_of(source, node.right, depth + 1)}
        wanted = Shape.text if isinstance(node.op, ast.Add | ast.Mod) else None
        return Shape.text if wanted in sides and sides <= {Shape.text, Shape.unknown, Shape.json} else Shape.unknown
    if isinstance(node, ast.IfExp):
        return _same(shape_of(source, node.body, depth + 1), shape_of(source, node.orelse, depth + 1))
    if isinstance(node, ast.Call):
        return _shape_of_call(node)
    if isinstance(node, ast.Name) and depth < 4:
        return _shape_of_name(source, node, depth)
    return Shape.unknown


def _same(first: Shape, second: Shape) -> Shape:
    return first if first is second else Shape.unknown


def _shape_of_call(node: ast.Call) -> Shape:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "dumps":
        return Shape.dumped if dotted(node.func) in ("json.dumps", "dumps") else Shape.text
    if name in TEXT_CALLS:
        return Shape.text
    if name in BYTES_CALLS:
        return Shape.data
    return Shape.json if name in JSON_CALLS else Shape.unknown


def _shape_of_name(source: Source, node: ast.Name, depth: int) -> Shape:
    """Return the shape of a variable, if all that its function assigns to it have the same one."""
    function = source.function_of(node)
    scope: ast.AST = function or source.tree
    values: list[ast.expr | None] = []
    for item in ast.walk(scope):
        if isinstance(item, ast.Name) and item.id == node.id and isinstance(item.ctx, ast.Store):
            statement = source.parents.get(item)
            plain = isinstance(statement, ast.Assign | ast.AnnAssign) and not isinstance(statement.value, ast.Name)
            values.append(statement.value if plain and isinstance(statement, ast.Assign | ast.AnnAssign) else None)
            if not plain:
                return Shape.unknown
    shapes = {shape_of(source, value, depth + 1) for value in values if value is not None}
    return shapes.pop() if len(shapes) == 1 else Shape.unknown


@dataclass(frozen=True, slots=True)
class Reply:
    """The parts of a response as the source gives them. `media_type` is what the framework sends if nothing says another."""

    body: ast.expr | None
    status: ast.expr | None = None
    headers: ast.expr | None = None
    media_type: str = TEXT
    media: ast.expr | None = None
    data_becomes_json: bool = True


def written_reply(module: Module, reply: Reply, text: Callable[[ast.expr], str]) -> str:
    """Return the call that makes a response. `text` gives the text of a part after the rules."""
    shape = shape_of(module.source, reply.body)
    status = _status(reply.status, text)
    headers, media = _headers(module, reply, text)
    response = module.uses("Response")
    bodiless = status.isdigit() and int(status) in BODILESS
    sent = text_of(media) if media is not None else None
    if shape is Shape.nothing and (bodiless or not reply.data_becomes_json):
        return _call(response, ['""'] if headers or media else [], status, headers, media, text)
    if bodiless:
        return _call(response, [], status, headers, None, text)
    assert reply.body is not None or shape is Shape.nothing
    body = text(reply.body) if reply.body is not None else "None"
    as_json = sent is not None and sent.partition(";")[0].strip().lower() == JSON
    by_default = media is None and reply.media_type == JSON and not _typed(reply.headers)
    if shape is Shape.dumped and (as_json or by_default):
        value = _dumped_value(module.source, reply.body)
        if value is not None:
            return _call(f"{response}.json", [text(value)], status, headers, None, text)
    if shape in (Shape.json, Shape.nothing) and reply.data_becomes_json:
        kept = None if as_json or media is None else media
        if kept is None:
            return _call(f"{response}.json", [body], status, headers, None, text)
        module.imports("json")
        return _call(response, [f"json.dumps({body})"], status, headers, kept, text)
    plain = sent == TEXT or (media is None and reply.media_type == TEXT and not _typed(reply.headers))
    if shape in (Shape.text, Shape.dumped) and plain:
        return _call(f"{response}.text", [body], status, headers, None, text)
    default = None if media is not None or _typed(reply.headers) else ast.Constant(reply.media_type)
    if shape is Shape.unknown and reply.data_becomes_json:
        module.imports("typing", "Any")
        return _call(module.helper("reply", REPLY), [body], status, headers, media or default, text)
    return _call(response, [body], status, headers, media or default, text)


def written_json(module: Module, value: str, reply: Reply, text: Callable[[ast.expr], str]) -> str:
    """Return the call that makes a response of JSON, of a value that is text already. The body of `reply` does not count."""
    headers, _ = _headers(module, reply, text)
    return _call(f"{module.uses('Response')}.json", [value], _status(reply.status, text), headers, None, text)


def _call(
    function: str, body: list[str], status: str, headers: str, media: ast.expr | None, text: Callable[[ast.expr], str]
) -> str:
    """Return the call of `Response` or of one of its makers."""
    parts = list(body)
    plain = bool(body)
    if status != "200":
        parts.append(status if plain else f"status={status}")
    if headers:
        parts.append(headers if plain and status != "200" else f"headers={headers}")
    if media is not None:
        value = text_of(media)
        parts.append(f'media_type="{value}"' if value is not None else f"media_type={text(media)}")
    return f"{function}({', '.join(parts)})"


def _status(node: ast.expr | None, text: Callable[[ast.expr], str]) -> str:
    if node is None:
        return "200"
    name = dotted(node)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return f"{text(node)}.value" if "HTTPStatus." in name and not name.endswith(".value") else text(node)


def _typed(headers: ast.expr | None) -> bool:
    """Return whether headers have a Content-Type, or may have one because they are no literal."""
    if headers is None:
        return False
    if not isinstance(headers, ast.Dict):
        return True
    return any((text_of(key) or "").lower() == "content-type" or key is None for key in headers.keys)


def _headers(module: Module, reply: Reply, text: Callable[[ast.expr], str]) -> tuple[str, ast.expr | None]:
    """Return the text of the headers, "" for none, and the media type that the source gives."""
    node, media = reply.headers, reply.media
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return "", media
    if not isinstance(node, ast.Dict):
        return text(node), media
    kept = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None and (text_of(key) or "").lower() == "content-type" and text_of(value) == JSON:
            media = media or value
            continue
        kept.append((key, value))
    if any(isinstance(value, ast.List) for _, value in kept):
        pairs = [
            f"({text(key)}, {text(item)})"
            for key, value in kept
            if key is not None
            for item in (value.elts if isinstance(value, ast.List) else [value])
        ]
        return f"[{', '.join(pairs)}]", media
    if len(kept) == len(node.keys):
        return (text(node) if kept else ""), media
    parts = [f"{text(key)}: {text(value)}" if key is not None else f"**{text(value)}" for key, value in kept]
    return f"{{{', '.join(parts)}}}" if parts else "", media


def _dumped_value(source: Source, node: ast.expr | None) -> ast.expr | None:
    """Return what `json.dumps` is given, if it has no further options."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        return node.args[0]
    return None


def returned(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Return]:
    """Return the `return` statements of a function, without those of functions inside it."""
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and source.function_of(node) is function and not _in_lambda(source, node)
    ]


def _in_lambda(source: Source, node: ast.AST) -> bool:
    return isinstance(source.parents.get(node), ast.Lambda)


def may_end_without_return(body: list[ast.stmt]) -> bool:
    """Return whether the end of a block can be reached."""
    if not body:
        return True
    last = body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return False
    if isinstance(last, ast.If):
        return may_end_without_return(last.body) or may_end_without_return(last.orelse)
    if isinstance(last, ast.With | ast.AsyncWith):
        return may_end_without_return(last.body)
    if isinstance(last, ast.Try):
        if last.finalbody and not may_end_without_return(last.finalbody):
            return False
        blocks = [last.orelse or last.body, *(handler.body for handler in last.handlers)]
        return any(may_end_without_return(block) for block in blocks)
    if isinstance(last, ast.While):
        return not (isinstance(last.test, ast.Constant) and last.test.value)
    return True
