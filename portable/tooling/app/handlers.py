"""An app's folder -> its imported modules, and the functions in them that are marked with @function."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import portable
from portable.compute.function import Function
from portable.tooling.app.stand_in import DECLARED, mounted, stand_ins

OTHERS = tuple(os.path.join(os.path.dirname(str(module.__file__)), "") for module in (os, portable))
"""Folders of modules that are no app's, unless they lie in its own: those of Python and ours, most of all that are imported."""
Handler = tuple[ModuleType, str, Callable[..., Any]]
"""A marked function: the module and the name to import it by, and the object there."""


def loaded_modules(folder: Path) -> list[ModuleType]:
    """Return the imported modules whose files are in a folder, in order of import."""
    found, inside = [], os.path.join(folder, "")
    others = tuple(other for other in OTHERS if not other.startswith(inside) and not inside.startswith(other))
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not _starts(file, others) and _is_own(_real(file), inside):
            found.append(module)
    return found


def _starts(file: str, folders: tuple[str, ...]) -> bool:
    """Return whether a file is in one of folders; where packages are installed among the modules of Python, it is not in these."""
    return file.startswith(folders) and "site-packages" not in file and "dist-packages" not in file


@cache
def _real(file: str) -> str:
    """Return the real path of a module's file. A process has thousands of modules, and the kit asks for each app."""
    folder, name = os.path.split(file)
    return os.path.realpath(file) if os.path.islink(file) else os.path.join(_real_folder(folder), name)


@cache
def _real_folder(folder: str) -> str:
    """Return the real path of a folder, of which there are few: to ask takes a look at each folder above."""
    return os.path.realpath(folder)


def _is_own(file: str, inside: str) -> bool:
    """Return whether a file is the app's: in its folder, and not in a virtual environment or hidden folder there."""
    if not file.startswith(inside):
        return False
    parts = file.removeprefix(inside).split(os.sep)
    return not any(part.startswith(".") or part in ("site-packages", "node_modules") for part in parts)


def find_handlers(modules: Iterable[ModuleType]) -> list[Handler]:
    """Return each marked function once: the module and name to import it by, and the object there.

    A mounted app has a function that stands for it. Raises DeclarationError for one that cannot be declared so.
    """
    found: dict[int | str, Handler] = {}
    for module in modules:
        for attribute, handler in list(vars(module).items()):
            if type(handler) in DECLARED:
                for number, stand_in in enumerate(stand_ins(handler)):
                    key = f"{id(handler)}/{number}"
                    if key not in found or module.__name__ == handler.module:
                        found[key] = (module, attribute, stand_in)
                continue
            mark = mark_of(handler, "__portable__")
            if not isinstance(mark, Function):
                continue
            home = (module.__name__, attribute) == (
                getattr(handler, "__module__", None),
                getattr(handler, "__name__", None),
            )
            if id(mark) not in found or home:
                found[id(mark)] = (module, attribute, handler)
    return sorted(found.values(), key=lambda item: in_order(item[2]))


def by_name(modules: Iterable[ModuleType]) -> dict[str, Callable[..., Any]]:
    """Return the marked functions of modules by the names that they were declared with."""
    return {handler.__portable__.name: handler for _, _, handler in find_handlers(modules)}  # type: ignore[attr-defined]


def mark_of(item: Any, name: str) -> Any:
    """Return what a decorator left on a function, or None for any other object, some of which raise errors on access."""
    try:
        return getattr(item, name, None) if callable(item) else None
    except Exception:  # noqa: BLE001 - a proxy outside its context may raise anything
        return None


def in_order(handler: Callable[..., Any]) -> tuple[int, int]:
    """Return what sorts functions by their definition: their module in order of import, then their line."""
    inner = inspect.unwrap(handler)
    names = list(sys.modules)
    module = getattr(inner, "__module__", "")
    code = getattr(inner, "__code__", None)
    return (names.index(module) if module in names else len(names), code.co_firstlineno if code else 0)


def import_mounted(modules: Iterable[ModuleType]) -> None:
    """Import the apps that are mounted by their names, "module:name", so that their files are seen. Raises what they raise."""
    for _, _, handler in find_handlers(modules):
        mount = mounted(handler)
        if mount is not None and isinstance(mount.app, str):
            import_module(mount.app.partition(":")[0])
