"""What the modules of an app remember between calls: modules in; it is saved, put back, or made as of a new process.

A process that starts again has empty caches, and two instances of a function do not share theirs. Importing the modules
anew would make new classes, which are equal to none that the test knows, and lose what it patched. So what a module
remembers is changed in place: its plain containers (list, dict, set, …) and default arguments of that kind, numbers,
texts and None that a function declares `global`, locks, caches of functools, and the same in its classes and in objects of
them. Left alone is what functions only
write to (it stands for a service outside), what the test names itself (`looked_at`), and every other object.
"""

from __future__ import annotations

import ast
import asyncio
import sys
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from portable.testing.app import App
from portable.tooling.app.collect import loaded_modules
from portable.tooling.app.scan import source_files

_CONTAINERS = (list, dict, set, deque, OrderedDict, defaultdict, Counter, bytearray)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset)
_LOCKS: dict[type, Callable[[], object]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    asyncio.Lock: asyncio.Lock,
}
_CACHE = type(lru_cache(len))
_WRITERS = frozenset(("append", "add", "extend", "update", "insert", "appendleft", "clear", "setdefault"))


@dataclass(frozen=True)
class _Place:
    """A name of a module, an object or a class; or, without a name, a container of its own (a default argument)."""

    names: dict[str, Any] | type
    name: str
    value: Any = None

    def get(self) -> Any:
        if isinstance(self.names, type):
            return vars(self.names).get(self.name)
        return self.names.get(self.name) if self.name else self.value

    def put(self, value: Any) -> None:
        if isinstance(self.names, type):
            if self.get() is not value:
                setattr(self.names, self.name, value)
        elif self.name:
            self.names[self.name] = value


class ModuleMemory:
    """The memory of some modules; what it is now is what a new process has."""

    def __init__(self, modules: Iterable[ModuleType], known: frozenset[str] = frozenset()) -> None:
        """`known` are the names that the test looks at: they are its own."""
        self._places: list[_Place] = []
        self._caches: list[Any] = []
        found = [(module, _uses(module)) for module in modules]
        self._own = frozenset(module.__name__ for module, _ in found)
        self._attributes = frozenset().union(*(uses.attributes for _, uses in found)) - known
        self._assigned = frozenset().union(*(uses.assigned for _, uses in found)) & self._attributes
        for module, uses in found:
            self._find(module, uses, known)
        self._new = self.save()

    def save(self) -> list[tuple[_Place, Any, Any]]:
        """Return what is remembered: each place, what is there, and a copy of what it holds."""
        found: list[tuple[_Place, Any, Any]] = []
        for place in self._places:
            value = place.get()
            with suppress(Exception):  # what cannot be copied stays as it is
                found.append((place, value, deepcopy(value) if type(value) in _CONTAINERS else None))
        return found

    def load(self, state: Any | None) -> None:
        """Put back what `save` returned; None for a process that has just begun."""
        for place, value, content in self._new if state is None else state:
            if type(value) in _CONTAINERS:
                _fill(value, deepcopy(content))
                place.put(value)
            elif type(value) in _LOCKS:
                place.put(_LOCKS[type(value)]() if state is None else value)
            elif type(value) is _CACHE:
                place.put(lru_cache(**value.cache_parameters())(value.__wrapped__) if state is None else value)
            elif type(place.get()) in (*_PLAIN, *_CONTAINERS):  # else it holds what cannot be made anew, a client
                place.put(value)
        if state is None:
            for cache in self._caches:
                cache.cache_clear()

    def _find(self, module: ModuleType, uses: _Uses, known: frozenset[str]) -> None:
        for name, value in list(vars(module).items()):
            if name.startswith("__") or name in known:
                continue
            kind = type(value)
            held = kind in _CONTAINERS or kind in _LOCKS
            if (held and name in uses.read) or (kind in _PLAIN and name in uses.rebound) or kind is _CACHE:
                self._places.append(_Place(vars(module), name))
            elif hasattr(value, "cache_clear") and getattr(value, "__module__", None) == module.__name__:
                self._caches.append(value)
            elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
                defaults = [found for found in value.__defaults__ or () if type(found) in _CONTAINERS]
                self._places += [_Place({}, "", found) for found in defaults]
            elif isinstance(value, type) and value.__module__ == module.__name__:
                self._find_in_class(value)
            elif kind.__module__ in self._own and hasattr(value, "__dict__"):
                self._find_in(vars(value))

    def _find_in_class(self, owner: type) -> None:
        """Find what a class of the app remembers: its containers, and what functions assign to it."""
        for name, value in vars(owner).items():
            if type(value) in _CONTAINERS and name in self._attributes:
                self._places.append(_Place({}, "", value))
            elif type(value) is _CACHE or (
                type(value) in _PLAIN and name in self._assigned and not name.startswith("__")
            ):
                self._places.append(_Place(owner, name))

    def _find_in(self, names: dict[str, Any]) -> None:
        """Find what an object of the app's own class remembers."""
        kinds = (*_CONTAINERS, *_LOCKS, *_PLAIN)
        self._places += [
            _Place(names, name) for name, value in names.items() if type(value) in kinds and name in self._attributes
        ]


def modules_of(app: App) -> list[ModuleType]:
    """Return the modules of an app that are loaded."""
    found = {handler.__module__: sys.modules[handler.__module__] for handler in app.handlers.values()}
    if app.settings is not None:
        own = set(source_files(app.folder))
        for module in loaded_modules(app.folder):
            if Path(str(module.__file__)).resolve() in own:
                found[module.__name__] = module
    return list(found.values())


def looked_at(function: Callable[..., Any] | None) -> frozenset[str]:
    """Return every name that the module of a test uses: what it names of the app is its own. None: no names."""
    found: set[str] = set()
    codes: list[CodeType] = []
    code = getattr(function, "__code__", None)
    if code is not None:
        codes.append(code)
        codes += [
            value.__code__
            for value in list(getattr(function, "__globals__", {}).values())
            if isinstance(value, FunctionType)
        ]
    while codes:
        code = codes.pop()
        found.update(code.co_names)
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return frozenset(found)


@dataclass(frozen=True)
class _Uses:
    """The names that functions of a module read and that they declare global; attributes that they read and assign."""

    read: set[str]
    rebound: set[str]
    attributes: set[str]
    assigned: set[str]


def _uses(module: ModuleType) -> _Uses:
    """Return what the functions of a module use."""
    found = _Uses(set(), set(), set(), set())
    try:
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return found
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        written = {id(name) for node in ast.walk(function) if (name := _only_written(node)) is not None}
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                found.rebound.update(node.names)
                found.read.update(node.names)
            elif isinstance(node, ast.Name) and id(node) not in written:
                found.read.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in written:
                found.attributes.add(node.attr)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.assigned.add(node.attr)
    return found


def _only_written(node: ast.AST) -> ast.Name | ast.Attribute | None:
    """Return the name that a statement changes without reading it: `sent.append(x)`, `self.seen[key] = x`."""
    target: ast.AST | None = None
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        method = node.value.func
        if isinstance(method, ast.Attribute) and method.attr in _WRITERS:
            target = method.value
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
        target = node.targets[0].value
    return target if isinstance(target, (ast.Name, ast.Attribute)) else None


def _fill(container: Any, content: Any) -> None:
    """Give a container the content of another one."""
    container.clear()
    if isinstance(container, (dict, set)):
        container.update(content)
    else:
        container.extend(content)
