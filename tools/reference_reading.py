"""What the code says of itself, for the pages of the reference: a class, function or module in; signatures and words out."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from portable.base.client import Client
from portable.base.values import Value

WIDTH = 100


class Attribute(NamedTuple):
    """An attribute of a class: its name, its type as written, and what is said of it."""

    name: str
    type: str
    says: str


def doc(what: Any) -> str:
    """Return the docstring as Markdown. A value has the text below its assignment."""
    if isinstance(what, (type, types.ModuleType, property)) or inspect.isroutine(what):
        return inspect.cleandoc(what.__doc__ or "")
    for module in [m for n, m in sys.modules.items() if n.startswith("portable.")]:
        body = ast.parse(inspect.getsource(module)).body if what in vars(module).values() else []
        for line, below in pairwise(body):
            if (
                isinstance(line, ast.Assign)
                and vars(module).get(ast.unparse(line.targets[0])) is what
                and _text_of(below)
            ):
                return inspect.cleandoc(_text_of(below))
    return ""


def raised(text: str, errors: set[str]) -> set[str]:
    """Return the names of errors that a text says are raised."""
    said = re.findall(r"(?:[Rr]aises|else|raised|\()[^.]*", text)
    return {word for part in said if "something else" not in part for word in re.findall(r"\w+", part)} & errors


def is_made_by_users(cls: type) -> bool:
    """Say whether an app makes instances itself; clients and what the kit gives are made for it."""
    given = cls.__module__.startswith("portable.testing") or cls.__name__ in (
        "Transaction",
        "MultiMap",
        "Form",
        "Field",
    )
    return not given and not issubclass(cls, Client)


def signature(name: str, what: Any) -> str:
    """Return how it is called, as Python; "" for a class that only groups functions."""
    if isinstance(what, type):
        arguments = _constructor(what)
        return "" if arguments is None else _wrapped(name, arguments, "")
    node = _node(what)
    if node is None:
        return ""
    arguments = [*_arguments(node.args, inspect.unwrap(what).__globals__)]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return _wrapped(f"async {name}" if isinstance(node, ast.AsyncFunctionDef) else name, arguments, returns)


def functions(module: Any) -> dict[str, Any]:
    """Return the public functions of a module, then the classes that a user makes."""
    own = {n: f for n, f in vars(module).items() if n[0] != "_" and getattr(f, "__module__", "") == module.__name__}
    own |= {name: getattr(module, name) for name in getattr(module, "_LATE", ())}  # imported when they are first used
    called = {n: f for n, f in own.items() if inspect.isfunction(f)}
    made = {n: c for n, c in own.items() if isinstance(c, type) and not hasattr(c, "kind") and n != "Tick"}
    return called | made


def methods(cls: type, without: set[str]) -> dict[str, Any]:
    """Return the public methods of a class, but those of Python's own classes and of every client."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("portable") and (base is not Client or cls is Client):
            for name, value in vars(base).items():
                function = getattr(value, "__func__", value)
                if name[0] != "_" and inspect.isfunction(function) and name not in without:
                    found[name] = function
    return found


def inherited(cls: type, public: set[str]) -> list[tuple[str, list[str]]]:
    """Return the methods that other public classes describe, by class."""
    found = []
    for base in cls.__mro__[1:]:
        if base.__name__ in public and not issubclass(base, Exception):
            names = [name for name in methods(base, set()) if name not in vars(cls) and name in vars(base)]
            if names:
                found.append((base.__name__, names))
    return found


def attributes(cls: type) -> list[Attribute]:
    """Return the public attributes: fields of a value, slots, properties, and what `__init__` sets."""
    found: dict[str, Attribute] = {}
    for base in reversed(cls.__mro__):
        if not base.__module__.startswith("portable") or base in (Value, Client) or base.__name__ == "Generic":
            continue
        node = _class_node(base)
        types = _types(node)
        for name, said in _declared(node):
            kept = found.get(name, Attribute(name, "", ""))
            found[name] = Attribute(name, types.get(name, kept.type), said or kept.says)
        for name, value in vars(base).items():
            if isinstance(value, property) and name[0] != "_":
                returns = value.fget.__annotations__.get("return", "") if value.fget else ""
                found[name] = Attribute(name, str(returns), doc(value))
    return list(found.values())


def _declared(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield the names of fields with the text below each, of slots, and of what `__init__` sets."""
    body = node.body
    for place, line in enumerate(body):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id[0] != "_":
            if "ClassVar" not in ast.unparse(line.annotation):
                yield line.target.id, _text_of(body[place + 1]) if place + 1 < len(body) else ""
        elif isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "__slots__":
            yield from ((name, "") for name in ast.literal_eval(line.value) if name[0] != "_" and name != "resource")
        elif isinstance(line, ast.FunctionDef) and line.name == "__init__":
            for inner in ast.walk(line):
                if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and inner.attr[0] != "_":
                    yield inner.attr, ""


def _types(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for line in ast.walk(node):
        if isinstance(line, ast.FunctionDef) and line.name == "__init__":
            found |= {
                a.arg: ast.unparse(a.annotation) for a in [*line.args.args, *line.args.kwonlyargs] if a.annotation
            }
    for line in node.body:
        if isinstance(line, ast.AnnAssign):
            found[ast.unparse(line.target)] = ast.unparse(line.annotation)
    return found


def _text_of(line: ast.stmt) -> str:
    value = line.value if isinstance(line, ast.Expr) else None
    return str(value.value) if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _constructor(cls: type) -> list[str] | None:
    """Return the arguments of a class: of its `__init__`, also one that only type checkers see, else its fields."""
    for base in cls.__mro__:
        if not base.__module__.startswith("portable") or base is Value:
            continue
        node = _class_node(base)
        for line in ast.walk(node):
            if isinstance(line, ast.FunctionDef) and line.name == "__init__":
                return [*_arguments(line.args, vars(sys.modules[base.__module__]))]
        fields = getattr(base, "_fields", ())
        if fields:
            types = {
                name: text
                for b in reversed(base.__mro__)
                if b.__module__.startswith("portable")
                for name, text in _types(_class_node(b)).items()
            }
            return [
                f"{name}: {types[name]}" + (f" = {getattr(base, name)!r}" if hasattr(base, name) else "")
                for name in fields
            ]
    return None


def _arguments(given: ast.arguments, names: dict[str, Any]) -> Iterator[str]:
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + [*given.defaults]
    for place, (argument, default) in enumerate(zip(plain, defaults, strict=True)):
        if place or argument.arg not in ("self", "cls"):
            yield _argument(argument, default, names)
    if given.vararg:
        yield f"*{_argument(given.vararg, None, names)}"
    elif given.kwonlyargs:
        yield "*"
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _argument(argument, default, names)
    if given.kwarg:
        yield f"**{_argument(given.kwarg, None, names)}"


def _argument(argument: ast.arg, default: ast.expr | None, names: dict[str, Any]) -> str:
    if isinstance(default, ast.Name) and isinstance(names.get(default.id), (int, str, tuple)):
        default = ast.Constant(names[default.id])  # the value says more than the name of a constant
    text = argument.arg + (f": {ast.unparse(argument.annotation)}" if argument.annotation else "")
    return text if default is None else f"{text} = {ast.unparse(default)}"


def _wrapped(name: str, arguments: list[str], returns: str) -> str:
    line = f"{name}({', '.join(arguments)}){returns}"
    if len(line) <= WIDTH:
        return line
    return (
        f"{name}(\n"
        + "".join(f"    {argument},\n" if argument != "*" else "    *,\n" for argument in arguments)
        + f"){returns}"
    )


def _class_node(cls: type) -> ast.ClassDef:
    node = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    if not isinstance(node, ast.ClassDef):
        raise TypeError(f"{cls!r} is no class in its source")
    return node


def _node(function: Any) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        node = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    except TypeError:
        return None  # a mark of pytest is an object
    return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
