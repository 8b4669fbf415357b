"""The state that the modules of an app keep between calls: takes modules; saves, restores or resets their state.

A process that starts again has empty caches, and two instances of a function do not share theirs. Importing the modules
anew would make new classes, which are equal to none that the test knows, and lose what it patched. So what a module
remembers is changed in place: its containers (list, dict, set, …), also those that are default arguments or that a
function shares with the one that made it; numbers, texts, None and objects of the app's own that a function declares
`global`; locks, caches of functools, attributes of functions; and the same in its classes and in objects of them. Left
alone is what functions only write to (it stands for a service outside), what the test names itself (`looked_at`), and
every other object.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from portable.testing.app import App
from portable.testing.session.places import ABSENT, CACHE, MADE_ANEW, PLAIN, SEMAPHORES, Place, finder
from portable.testing.session.uses import uses_of
from portable.tooling.app.handlers import loaded_modules
from portable.tooling.app.scan import source_files


class ModuleMemory:
    """The state of some modules. The current state is that of a new process."""

    def __init__(self, modules: Iterable[ModuleType], known: frozenset[str] = frozenset()) -> None:
        """`known` are the names that the test uses. They are not changed."""
        self._finder = finder(((module, uses_of(module)) for module in modules), known)
        self._places = self._finder.places()
        self._new = self.save()

    def save(self) -> list[tuple[Place, Any, Any]]:
        """Return what is remembered: each place, what is there, and a copy of what it holds."""
        found: list[tuple[Place, Any, Any]] = []
        for place in self._places:
            value = place.get()
            with suppress(Exception):  # what cannot be copied stays as it is
                found.append((place, value, self._content(value)))
        return found

    def load(self, state: Any | None) -> None:
        """Restore what `save` returned. None means the state of a new process."""
        caches = {} if state is not None else {old: _again(cache) for old, cache in self._finder.exchanged.items()}
        anew: dict[int, Any] = dict(caches)  # several modules may have the same one
        for place, value, content in self._new if state is None else state:
            if self._finder.is_container(value):
                _fill(value, deepcopy(content, dict(caches)))  # a list of caches holds those of its own instance
                place.put(value)
            elif type(value) in (*MADE_ANEW, *SEMAPHORES, CACHE):
                if state is None and id(value) not in anew:
                    anew[id(value)] = _made_anew(value, content)
                place.put(anew.get(id(value), value))
            elif self._may_go(place.get()):
                place.put(value)
        if state is None:
            for cache in self._finder.caches:
                cache.cache_clear()

    def _content(self, value: Any) -> Any:
        if type(value) in SEMAPHORES:
            return value._value
        return deepcopy(value) if self._finder.is_container(value) else None

    def _may_go(self, value: object) -> bool:
        """Say whether a value can be replaced: else it is what cannot be made anew, such as a client of another service."""
        return (
            value is ABSENT or type(value) in PLAIN or self._finder.is_container(value) or self._finder.is_made(value)
        )


def _again(cache: Any) -> Any:
    """Return an empty cache of the same function."""
    return lru_cache(**cache.cache_parameters())(cache.__wrapped__)


def _made_anew(value: Any, content: Any) -> Any:
    return type(value)(content) if type(value) in SEMAPHORES else MADE_ANEW[type(value)]()


def modules_of(app: App) -> list[ModuleType]:
    """Return the modules of an app that are loaded."""
    found = {handler.__module__: sys.modules[handler.__module__] for handler in app.handlers.values()}
    if app.settings is not None:
        sources = set(source_files(app.folder))
        for module in loaded_modules(app.folder):
            if Path(str(module.__file__)).resolve() in sources:
                found[module.__name__] = module
    return list(found.values())


def _fill(container: Any, content: Any) -> None:
    """Give a container the content of another one."""
    container.clear()
    if isinstance(container, (dict, set)):
        container.update(content)
    else:
        container.extend(content)
