"""Takes types and declared values; returns the Python source that names them in a generated entry.

The source evaluates to an equal object in a module that has only the given imports. If there is no such source, NoExpression
is raised, and the caller adds the place.
"""

from __future__ import annotations

import builtins
import sys
import types
import typing
from typing import Any

from portable.base.values import Value
from portable.tooling.app.model import Code
from portable.tooling.app.value_expressions import NoExpression, can_be_written, joined, literal, module_object

__all__ = ["NoExpression", "object_expression", "resource_expression", "type_expression", "value_expression"]


def type_expression(kind: Any) -> Code:
    """Return the source of a type: classes by their module, generics, unions and literals by their parts."""
    if kind is None or kind is type(None):
        return Code("None")
    if kind is Any:
        return Code("typing.Any", ("import typing",))
    if kind is Ellipsis:
        return Code("...")
    if isinstance(kind, list):  # the parameters of a Callable
        return joined("[", [type_expression(part) for part in kind], "]")
    if isinstance(kind, (str, typing.ForwardRef)):
        raise NoExpression(f"{kind!r} is a quoted name that could not be resolved: import it")
    origin, arguments = _parts(kind)
    if origin is typing.Literal:
        return joined("typing.Literal[", [value_expression(value) for value in arguments], "]", "import typing")
    if origin in (typing.Union, types.UnionType):
        return joined("typing.Union[", [type_expression(part) for part in arguments], "]", "import typing")
    if origin is typing.Annotated:
        marks = [value_expression(mark) for mark in arguments[1:]]
        return joined("typing.Annotated[", [type_expression(arguments[0]), *marks], "]", "import typing")
    if origin is not None:
        outer = type_expression(origin)
        if not arguments:  # tuple[()]
            return Code(f"{outer.expression}[()]", outer.imports)
        inner = joined(f"{outer.expression}[", [type_expression(part) for part in arguments], "]")
        return Code(inner.expression, (*outer.imports, *inner.imports))
    return object_expression(kind)


def _parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return what a type was subscripted from and with; a generic pydantic model tells it in its own way."""
    generic = getattr(kind, "__pydantic_generic_metadata__", None)
    if isinstance(kind, type) and generic and generic.get("origin") is not None:
        return generic["origin"], tuple(generic["args"])
    if isinstance(kind, typing.ParamSpec | typing.TypeVar):
        raise NoExpression(f"{kind} is a type variable: write a concrete type")
    return typing.get_origin(kind), typing.get_args(kind)


def object_expression(item: Any) -> Code:
    """Return the source of a class, function or alias that its module can be asked for."""
    module_name = getattr(item, "__module__", None)
    name = getattr(item, "__qualname__", None) or getattr(item, "__name__", None)
    if not isinstance(module_name, str) or not isinstance(name, str) or "<" in name:
        raise NoExpression(f"{item!r} is not at the top level of a module")
    if module_name == "builtins":
        if getattr(builtins, name, None) is not item:
            raise NoExpression(f"{name} is not a builtin name")
        return Code(name)
    return module_object(module_name, name, item)


def value_expression(value: Any) -> Code:
    """Return the source of a value: constants, members of enums, containers, times, types, and frozen values."""
    found = literal(value, value_expression)
    return found if found is not None else type_expression(value)


def resource_expression(resource: Value, modules: list[types.ModuleType]) -> Code:
    """Return the source of a declared resource: the module-level name it has, else the call that makes an equal one."""
    for module in modules:
        for name, found in vars(module).items():
            known = sys.modules.get(module.__name__) is module
            if found is resource and known and can_be_written(module.__name__, name):
                return Code("", home=(module.__name__, name))
    try:
        return value_expression(resource)
    except NoExpression:
        what = f"{type(resource).__name__} {getattr(resource, 'name', '')!r}"
        raise NoExpression(f"{what} has no name at the top level of a module") from None
