"""Reads the source of a handler, and of the app's functions that it calls; returns the replies that are written there.

It finds what stands in the text: `raise HTTPError(404, "…")`, `Response.json(…, status=201)`, `Response.object(…)`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portable.errors import HTTPError
from portable.eventing.response import Response
from portable.tooling.app.scan import statements, tree_of

ANY = "*/*"
"""The media type of a body that only a run can tell."""
_DEEPEST = 4
"""How many calls deep functions of the app are read."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a Response is made: its status and media type, and the places of both among the arguments, if they are there."""

    usual: int = 200
    media_type: str | None = None
    status_at: int | None = None
    media_type_at: int | None = None


_WAYS = {
    "": Way(status_at=1, media_type_at=3),
    "json": Way(media_type="application/json", status_at=1),
    "text": Way(media_type="text/plain", status_at=1),
    "redirect": Way(307, status_at=1),
    Response.stream.__name__: Way(status_at=2, media_type_at=1),
    "events": Way(media_type="text/event-stream"),
}
"""By constructor of a Response."""
_STORED = ((200, ANY), (206, ANY), (304, None))
_PARTS: dict[str, tuple[tuple[tuple[int, str | None], ...], tuple[int, ...]]] = {
    "object": (_STORED, (412, 416, 503)),
    "file": (_STORED, (404, 412, 416)),
    "conditional": (((206, ANY), (304, None)), (412, 416)),
}
"""By what answers ranges and conditions: its responses, and the statuses of its errors."""
_REDIRECTS = 3
"""The place of `redirect` among the arguments of `Response.object`."""


@dataclass(frozen=True, slots=True)
class Written:
    """The replies in a source: (status, detail or "") of errors, and (status, media type or None) of responses."""

    errors: tuple[tuple[int, str], ...] = ()
    responses: tuple[tuple[int, str | None], ...] = ()


@dataclass
class Sources:
    """The sources of an app's folder; each file is parsed once."""

    folder: Path
    _files: dict[str, Mapping[int, ast.AST]] = field(default_factory=dict)

    def written(self, subjects: Iterable[Callable[..., Any]]) -> Written:
        """Return the replies of a handler, and of what runs for it: its guards, providers and answers to errors."""
        errors: dict[tuple[int, str], None] = {}
        responses: dict[tuple[int, str | None], None] = {}
        seen: set[Any] = set()
        for call, names in (each for subject in subjects for each in self._calls(subject, seen, 0)):
            if (error := _error(call, names)) is not None:
                errors[error] = None
            elif (response := _response(call, names)) is not None:
                responses[response] = None
            elif (parts := _parts(call, names)) is not None:
                responses.update(dict.fromkeys(parts[0]))
                errors.update(dict.fromkeys((status, "") for status in parts[1]))
        return Written(tuple(errors), tuple(responses))

    def _calls(self, function: Any, seen: set[Any], depth: int) -> Iterator[tuple[ast.Call, Mapping[str, Any]]]:
        """Yield the calls of a function and of the app's functions that it calls, with the names of their modules."""
        function = inspect.unwrap(function) if callable(function) else function
        node = self._node(function)
        if node is None or function.__code__ in seen:
            return
        seen.add(function.__code__)
        names = function.__globals__
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            yield call, names
            if depth < _DEEPEST:
                yield from self._calls(_value(call.func, names), seen, depth + 1)

    def _node(self, function: Any) -> ast.AST | None:
        code = getattr(function, "__code__", None)
        if code is None:
            return None
        file = code.co_filename
        if file not in self._files:
            self._files[file] = _functions(Path(file)) if Path(file).is_relative_to(self.folder) else {}
        return self._files[file].get(code.co_firstlineno)


def _functions(file: Path) -> Mapping[int, ast.AST]:
    """Return the functions of a file by the line where they begin, a decorator included."""
    try:
        tree = tree_of(file)
    except OSError:
        return {}
    return {
        min([node.lineno, *(each.lineno for each in node.decorator_list)]): node
        for node in statements(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def _error(call: ast.Call, names: Mapping[str, Any]) -> tuple[int, str] | None:
    if _value(call.func, names) is not HTTPError:
        return None
    status = _status(call, 0, names)
    detail = _argument(call, 1, "detail")
    text = detail.value if isinstance(detail, ast.Constant) and isinstance(detail.value, str) else ""
    return None if status is None else (status, text)


def _made(call: ast.Call, names: Mapping[str, Any]) -> str | None:
    """Return the name of the constructor with which a call makes a Response, "" for the class itself; else None."""
    made = call.func
    if isinstance(made, ast.Attribute) and _value(made.value, names) is Response:
        return made.attr
    return "" if _value(made, names) is Response else None


def _response(call: ast.Call, names: Mapping[str, Any]) -> tuple[int, str | None] | None:
    made = _made(call, names)
    way = None if made is None else _WAYS.get(made)
    if way is None:
        return None
    given = _argument(call, way.status_at, "status")
    status = way.usual if given is None else _status(call, way.status_at, names)
    if status is None:
        return None
    media_type = _argument(call, way.media_type_at, "media_type")
    if isinstance(media_type, ast.Constant) and isinstance(media_type.value, str):
        return status, media_type.value.partition(";")[0]
    return status, way.media_type


def _parts(
    call: ast.Call, names: Mapping[str, Any]
) -> tuple[tuple[tuple[int, str | None], ...], tuple[int, ...]] | None:
    """Return what answers ranges and conditions may send: by `Response.object`, `Response.file`, or `.conditional`."""
    made = _made(call, names)
    if made is None and isinstance(call.func, ast.Attribute):
        made = call.func.attr if call.func.attr == "conditional" else None
    if made not in _PARTS:
        return None
    responses, errors = _PARTS[made]
    redirects = made == "object" and _argument(call, _REDIRECTS, "redirect") is not None
    return ((*responses, (307, None)) if redirects else responses), errors


def _status(call: ast.Call, place: int | None, names: Mapping[str, Any]) -> int | None:
    given = _argument(call, place, "status")
    value = given.value if isinstance(given, ast.Constant) else _value(given, names)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599 else None


def _argument(call: ast.Call, place: int | None, name: str) -> ast.expr | None:
    """Return an argument by its name or place; a place of None is an argument that the call does not take."""
    if place is None:
        return None
    named = next((each.value for each in call.keywords if each.arg == name), None)
    return named if named is not None or len(call.args) <= place else call.args[place]


def _value(node: ast.AST | None, names: Mapping[str, Any]) -> Any:
    """Return the object that a name or a dotted name stands for at the top of a module; None for any other expression."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := _value(node.value, names)) is not None:
        return inspect.getattr_static(owner, node.attr, None) and getattr(owner, node.attr, None)
    return None
