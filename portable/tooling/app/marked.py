"""An app's modules -> the functions in them that concern other functions: wrappers (`@around`), answers to errors (`@http.errors`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from msgspec import Struct

from portable.compute.function import Function
from portable.tooling.app.handlers import in_order, mark_of

Subject = Callable[..., Any]


class Marked(Struct, frozen=True):
    """What the modules of an app declare for its functions, in order of definition."""

    around: tuple[Subject, ...] = ()
    errors: tuple[Subject, ...] = ()

    def all(self) -> tuple[Subject, ...]:
        """Return all of them."""
        return (*self.around, *self.errors)


def find_marked(modules: Iterable[ModuleType]) -> Marked:
    """Return what modules declare for the functions of their app, each once."""
    found = [item for module in modules for item in list(vars(module).values())]
    return Marked(_with("__portable_around__", found), _with("__portable_errors__", found))


def wrappers(handler: Subject, marked: Marked) -> list[Subject]:
    """Return the wrappers of a handler, the outermost first: of the app, of its group, its own."""
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    awaits = is_async(handler)
    return [*(each for each in marked.around if is_async(each) == awaits), *_of_group(mark, "around"), *mark.around]


def guards(handler: Subject) -> list[Subject]:
    """Return what is called before the parameters of a handler are read: what its group names, then its own."""
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    return [*_of_group(mark, "before"), *mark.before]


def is_async(subject: Subject) -> bool:
    """Say whether a function is `async def`, also under a decorator."""
    return inspect.iscoroutinefunction(subject) or inspect.iscoroutinefunction(inspect.unwrap(subject))


def _of_group(mark: Function, option: str) -> tuple[Subject, ...]:
    found: tuple[Subject, ...] = getattr(getattr(mark.trigger, "group", None), option, ())
    return found


def _with(name: str, items: list[Any]) -> tuple[Subject, ...]:
    known = {id(inspect.unwrap(item)): item for item in items if isinstance(mark_of(item, name), (bool, tuple))}
    return tuple(sorted(known.values(), key=in_order))
