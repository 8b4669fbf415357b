"""Types and declared values -> the Python source that names them in a generated entry."""

from __future__ import annotations

import enum
import sys
import types
import typing
from typing import Any

from portable.base.values import Value
from portable.tooling.app.model import Code


class NoExpression(Exception):
    """The value cannot be named from another module."""


def type_expression(kind: Any) -> Code:
    """Return the source of a type: classes by their module, generics, unions and literals by their parts."""
    if kind is None or kind is type(None):
        return Code("None")
    if kind is Any:
        return Code("typing.Any", ("import typing",))
    if kind is Ellipsis:
        return Code("...")
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return Code(f"typing.Literal[{', '.join(map(_literal, typing.get_args(kind)))}]", ("import typing",))
    if origin in (typing.Union, types.UnionType):
        parts = [type_expression(part) for part in typing.get_args(kind)]
        return Code(
            f"typing.Union[{', '.join(part.expression for part in parts)}]",
            ("import typing", *(line for part in parts for line in part.imports)),
        )
    if origin is typing.Annotated:
        raise NoExpression("Annotated inside a payload type")
    if origin is not None:
        outer = type_expression(origin)
        parts = [type_expression(part) for part in typing.get_args(kind)]
        return Code(
            f"{outer.expression}[{', '.join(part.expression for part in parts)}]",
            (*outer.imports, *(line for part in parts for line in part.imports)),
        )
    return object_expression(kind)


def object_expression(found: Any) -> Code:
    """Return the source of a class or function that its module can be asked for."""
    module_name = getattr(found, "__module__", None)
    name = getattr(found, "__qualname__", getattr(found, "__name__", None))
    if not isinstance(module_name, str) or not isinstance(name, str) or "<" in name:
        raise NoExpression(f"{found!r} is not at the top of a module")
    if module_name == "builtins":
        return Code(name)
    module: Any = sys.modules.get(module_name)
    for part in name.split("."):
        module = getattr(module, part, None)
    if module is not found:
        raise NoExpression(f"{module_name}.{name} is another object")
    return Code(f"{module_name}.{name}", (f"import {module_name}",))


def resource_expression(resource: Value, modules: list[types.ModuleType]) -> Code:
    """Return the source of a declared resource: the module-level name it has, else the call that makes an equal one."""
    for module in modules:
        for name, found in vars(module).items():
            if found is resource and name.isidentifier():
                return Code("", home=(module.__name__, name))
    home = type(resource)
    if all(_simple(getattr(resource, name)) for name in resource._fields):
        return Code(repr(resource), (f"from {home.__module__} import {home.__name__}",))
    raise NoExpression(f"{home.__name__} {getattr(resource, 'name', '')!r} has no name at the top of a module")


def _simple(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_simple, value))
    return value is None or isinstance(value, (str, int, float, bool, bytes))


def _literal(value: Any) -> str:
    if isinstance(value, enum.Enum):
        raise NoExpression("an enum inside a Literal")
    return repr(value)
