"""Places where the modules of an app remember something: modules in; names, attributes, cells and containers out."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CellType, FrameType, FunctionType, GeneratorType, ModuleType, SimpleNamespace
from typing import Any

from portable.testing.session.uses import Uses

CONTAINERS = (list, dict, set, deque, OrderedDict, defaultdict, Counter, bytearray)
PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset)
CACHE = type(lru_cache(len))
MADE_ANEW: dict[type, Callable[[], object]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Condition: threading.Condition,
    threading.Event: threading.Event,
    threading.local: threading.local,
    asyncio.Lock: asyncio.Lock,
    asyncio.Condition: asyncio.Condition,
    asyncio.Event: asyncio.Event,
}
"""What a new process makes anew, and each instance has for itself."""
SEMAPHORES = (threading.Semaphore, threading.BoundedSemaphore, asyncio.Semaphore, asyncio.BoundedSemaphore)
"""The same; a new one may be taken as often as the old one could when the memory was found."""
ABSENT = object()
"""The value of a name that is not there yet."""


@dataclass(frozen=True)
class Place:
    """A name of a module, an object, a function or a class, or a cell; without a name, a container by itself.

    `names` is a dict of names, or the class, the cell or the object with slots that has them.
    """

    names: Any
    name: str = ""
    value: Any = None

    def get(self) -> Any:
        """Return what is there."""
        if isinstance(self.names, CellType):
            return self.names.cell_contents
        if isinstance(self.names, type):
            return vars(self.names).get(self.name, ABSENT)
        if not self.name:
            return self.value
        return self.names.get(self.name, ABSENT) if isinstance(self.names, dict) else getattr(self.names, self.name)

    def put(self, value: Any) -> None:
        """Change what is there; ABSENT takes the name away."""
        if value is self.get():
            return
        if isinstance(self.names, CellType):
            self.names.cell_contents = value
        elif not isinstance(self.names, dict):
            if value is ABSENT:
                delattr(self.names, self.name)
            else:
                setattr(self.names, self.name, value)
        elif value is ABSENT:
            del self.names[self.name]
        elif self.name:
            self.names[self.name] = value


class Finder:
    """Finds the places of an app's modules. `known` are the names that the test looks at: they are its own."""

    def __init__(self, modules: dict[str, ModuleType], uses: dict[str, Uses], known: frozenset[str]) -> None:
        self.caches: list[Any] = []
        """Caches that can only be cleared."""
        self.exchanged: dict[int, Any] = {}
        """Caches of which another instance has its own, by their id."""
        self._modules = modules
        self._uses = uses
        self._known = known
        self._attributes = frozenset().union(*(found.attributes for found in uses.values())) - known
        self._assigned = frozenset().union(*(found.assigned for found in uses.values())) & self._attributes
        self._seen: set[int] = set()

    def places(self) -> list[Place]:
        """Return every place."""
        found = [place for name, module in self._modules.items() for place in self._of_module(module, self._uses[name])]
        self._divide_caches(found)
        return [place for place in found if type(place.get()) is not CACHE or id(place.get()) in self.exchanged]

    def _divide_caches(self, found: list[Place]) -> None:
        """Decide of each lru_cache in a place whether it is exchanged, or only cleared."""
        held = {id(part) for place in found for part in parts(place.get())}
        for cache in (part for place in found for part in parts(place.get()) if type(part) is CACHE):
            if id(cache) not in self.exchanged and cache not in self.caches:
                if _may_be_exchanged(cache, held):
                    self.exchanged[id(cache)] = cache
                elif getattr(cache, "__module__", None) in self._modules:
                    self.caches.append(cache)

    def is_container(self, value: object) -> bool:
        """Say whether a value is a container, also of a class of the app."""
        return type(value) in CONTAINERS or (isinstance(value, CONTAINERS) and self._is_own(type(value)))

    def is_made(self, value: object) -> bool:
        """Say whether a value is an object of the app's own, which a new process makes anew when it needs it."""
        return self._is_own(type(value)) or type(value) is SimpleNamespace

    def _is_own(self, kind: type) -> bool:
        return kind.__module__ in self._modules

    def _of_module(self, module: ModuleType, uses: Uses) -> Iterator[Place]:
        names = vars(module)
        for name in uses.rebound - self._known - names.keys():
            yield Place(names, name)
        for name in list(names):
            value = names[name]
            if name.startswith("__") or name in self._known:
                continue
            if (
                (self._is_remembered(value) and name in uses.read)
                or (type(value) in PLAIN and name in uses.rebound)
                or type(value) is CACHE
            ):
                yield Place(names, name)
            elif hasattr(value, "cache_clear") and getattr(value, "__module__", None) == module.__name__:
                self.caches.append(value)
            yield from self._within(value, uses)

    def _within(self, value: Any, uses: Uses) -> Iterator[Place]:
        """Yield the places in a function, a class or an object of the app, once."""
        if id(value) in self._seen:
            return
        if isinstance(value, FunctionType):
            if value.__module__ in self._modules:
                self._seen.add(id(value))
                yield from self._of_function(value, uses)
        elif isinstance(value, type):
            if self._is_own(value):
                self._seen.add(id(value))
                yield from self._of_class(value)
        elif self.is_made(value) and hasattr(value, "__dict__"):
            self._seen.add(id(value))
            yield from self._of_names(vars(value), self._assigned | _cached(type(value)))
            for inner in list(vars(value).values()):
                yield from self._within(inner, uses)
        elif self._is_own(type(value)) and not isinstance(value, tuple):
            self._seen.add(id(value))
            slots = {name: getattr(value, name) for name in _slots(type(value)) if hasattr(value, name)}
            yield from (Place(value, place.name) for place in self._of_names(slots, frozenset()))
            for inner in slots.values():
                yield from self._within(inner, uses)
        elif isinstance(value, (tuple, UserDict, UserList, ChainMap)):
            self._seen.add(id(value))
            for inner in _held(value):
                if self.is_container(inner):
                    yield Place({}, "", inner)
                yield from self._within(inner, uses)

    def _of_function(self, function: FunctionType, uses: Uses) -> Iterator[Place]:
        """Yield default arguments, attributes, and what a function shares with the one that made it."""
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        yield from (Place({}, "", found) for found in defaults if self.is_container(found))
        on_itself = {name for owner, name in uses.on if owner == function.__name__} & self._assigned
        yield from self._of_names(vars(function), on_itself)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:  # it is empty
                continue
            rebound = name in uses.rebound and type(value) in PLAIN
            if rebound or (self._is_remembered(value) and name in uses.read):
                yield Place(cell)
            yield from self._within(value, uses)

    def _of_class(self, owner: type) -> Iterator[Place]:
        """Yield the containers of a class, its caches, and what functions assign to it."""
        for name in list(vars(owner)):
            value = vars(owner)[name]
            if self.is_container(value) and name in self._attributes:
                yield Place({}, "", value)
            elif type(value) is CACHE or (type(value) in PLAIN and name in self._assigned and name[:2] != "__"):
                yield Place(owner, name)
        for name in vars(owner).get("__annotations__", {}):
            if name in self._assigned and name not in vars(owner):
                yield Place(owner, name)

    def _of_names(self, names: dict[str, Any], later: AbstractSet[str]) -> Iterator[Place]:
        """Yield what an object or a function remembers in its attributes; `later` are those that it may get."""
        for name, value in names.items():
            if (self._is_remembered(value) or type(value) in PLAIN) and name in self._attributes:
                yield Place(names, name)
        yield from (Place(names, name) for name in later - names.keys() - self._known)

    def _is_remembered(self, value: object) -> bool:
        return self.is_container(value) or type(value) in MADE_ANEW or type(value) in SEMAPHORES


def parts(value: object) -> Iterator[object]:
    """Yield a value and, of a container, everything in it, at any depth."""
    yield value
    if isinstance(value, CONTAINERS) and not isinstance(value, bytearray):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part)


def _may_be_exchanged(cache: object, held: AbstractSet[int]) -> bool:
    """Say whether only modules, classes and containers that are exchanged as well (`held`) keep an lru_cache.

    Who else keeps it, such as a decorator, would go on with the old one while a new one is in use.
    """
    holders = [holder for holder in gc.get_referrers(cache) if not isinstance(holder, (FrameType, GeneratorType))]
    return all(
        id(holder) in held or (isinstance(holder, dict) and ("__module__" in holder or "__spec__" in holder))
        for holder in holders
    )


def _held(value: Any) -> Iterable[Any]:
    """Return what a tuple or a wrapper of containers holds."""
    if isinstance(value, tuple):
        return value
    return value.maps if isinstance(value, ChainMap) else (value.data,)


def _slots(owner: type) -> Iterator[str]:
    for each in owner.__mro__:
        found = vars(each).get("__slots__", ())
        yield from (found,) if isinstance(found, str) else found


def _cached(owner: type) -> set[str]:
    """Return the names of cached properties."""
    return {name for each in owner.__mro__ for name, found in vars(each).items() if type(found) is cached_property}


def finder(modules: Iterable[tuple[ModuleType, Uses]], known: frozenset[str]) -> Finder:
    """Return what finds the places of modules."""
    found = list(modules)
    return Finder(
        {module.__name__: module for module, _ in found}, {module.__name__: uses for module, uses in found}, known
    )
