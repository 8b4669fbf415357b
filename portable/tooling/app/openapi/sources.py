"""Reads the source of a handler, and of the app's functions that it calls; returns the replies that are written there.

It finds what stands in the text: `raise HTTPError(404, "…")`, `Response.json(…, status=201)`, `Response.redirect(…)`.
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

_DEEPEST = 4
"""How many calls deep functions of the app are read."""
_DEFAULTS = {"": (1, 200), "json": (1, 200), "text": (1, 200), "redirect": (1, 307)}
"""By constructor of a Response: the place of its status among its arguments, and the status without one."""


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


def _response(call: ast.Call, names: Mapping[str, Any]) -> tuple[int, str | None] | None:
    made = call.func
    if isinstance(made, ast.Attribute) and made.attr in _DEFAULTS and _value(made.value, names) is Response:
        way = made.attr
    elif _value(made, names) is Response:
        way = ""
    else:
        return None
    place, usual = _DEFAULTS[way]
    given = _argument(call, place, "status")
    status = usual if given is None else _status(call, place, names)
    if status is None:
        return None
    if way != "":
        return status, {"json": "application/json", "text": "text/plain"}.get(way)
    media_type = _argument(call, 3, "media_type")
    named = isinstance(media_type, ast.Constant) and isinstance(media_type.value, str)
    return status, media_type.value.partition(";")[0] if named else None  # type: ignore[union-attr]  # it is a constant


def _status(call: ast.Call, place: int, names: Mapping[str, Any]) -> int | None:
    given = _argument(call, place, "status")
    value = given.value if isinstance(given, ast.Constant) else _value(given, names)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599 else None


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = next((each.value for each in call.keywords if each.arg == name), None)
    return named if named is not None or len(call.args) <= place else call.args[place]


def _value(node: ast.AST | None, names: Mapping[str, Any]) -> Any:
    """Return the object that a name or a dotted name stands for at the top of a module; None for any other expression."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := _value(node.value, names)) is not None:
        return inspect.getattr_static(owner, node.attr, None) and getattr(owner, node.attr, None)
    return None
