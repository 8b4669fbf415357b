"""A function of the app that runs besides a handler -> its name in a generated module, and how its value is got."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal

from portable.tooling.app.expressions import NoExpression
from portable.tooling.app.model import Code
from portable.tooling.app.value_expressions import can_be_written

Form = Literal["call", "await", "generator", "async generator"]


def called(subject: Any) -> str:
    """Return a provider's name for people."""
    return getattr(subject, "__qualname__", None) or repr(subject)


def form_of(subject: Callable[..., Any]) -> Form:
    """Return how the value of a provider is got. Raises NoExpression for what hides how it is called."""
    if isinstance(subject, functools.partial):
        raise NoExpression("is a functools.partial: write a def")
    if inspect.isclass(subject):
        return "call"
    asked = subject if inspect.isroutine(subject) else type(subject).__call__
    if inspect.isasyncgenfunction(asked):
        return "async generator"
    if inspect.isgeneratorfunction(asked):
        return "generator"
    inner = inspect.unwrap(asked)
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        raise NoExpression("is a generator under a decorator: remove the decorator, such as @contextmanager")
    return "await" if inspect.iscoroutinefunction(asked) or inspect.iscoroutinefunction(inner) else "call"


def named(subject: Callable[..., Any], modules: list[ModuleType]) -> Code:
    """Return the module and name by which a generated module imports a provider. Raises NoExpression if it has none.

    It is the same for the same object, whatever other names the object has. `modules` are where an object that does not
    know its own name is looked for.
    """
    module_name, name = getattr(subject, "__module__", None), getattr(subject, "__qualname__", None)
    if isinstance(module_name, str) and isinstance(name, str):
        found: Any = sys.modules.get(module_name)
        for part in name.split("."):
            found = getattr(found, part, None)
        first, dot, rest = name.partition(".")
        if found is subject and module_name != "__main__" and can_be_written(module_name, name):
            return Code(dot + rest, home=(module_name, first))
    for module in modules:
        for attribute, item in vars(module).items():
            known = sys.modules.get(module.__name__) is module
            if item is subject and known and can_be_written(module.__name__, attribute):
                return Code("", home=(module.__name__, attribute))
    raise NoExpression("has no name at the top level of a module: write a def there")
