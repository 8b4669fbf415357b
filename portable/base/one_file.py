"""Imports our modules out of one file. It is the first part of `portable.pyc`, which a package for Lambda holds in their place.

So a cold start looks up and reads one file of ours, and not one for each module.
"""

from __future__ import annotations

import sys
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    Modules = dict[str, tuple[bool, bytes]]


class OneFile:
    """A finder and loader of `sys.meta_path`. `modules` is, by name, whether it is a package, and its marshalled code."""

    def __init__(self, modules: Modules, spec: ModuleSpec) -> None:
        """`spec` is that of the file."""
        self._modules = modules
        self._origin = spec.origin
        self._spec: Any = type(spec)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the spec of one of our modules, or None for any other."""
        found = self._modules.get(name)
        if found is None:
            return None
        made: ModuleSpec = self._spec(name, self, origin=self._origin, is_package=found[0])
        return made

    def create_module(self, spec: ModuleSpec) -> None:
        """Return None: an ordinary module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the code of a module. It names its source, so a traceback shows the file and line of our repository."""
        exec(loads(self._modules[module.__name__][1]), module.__dict__)  # noqa: S102, S302 - bytecode, as an import


def install(modules: Modules, spec: ModuleSpec) -> None:
    """Let our modules be imported from here. The path finder stays last, because it would search for each of them.

    A package that holds nothing but modules has no code. It is made at once, in a third of the time of an import.
    """
    importer = OneFile(modules, spec)
    sys.meta_path.insert(-1, importer)
    for name, (_, code) in modules.items():
        if not code:
            above, _, last = name.rpartition(".")
            made = sys.modules[name] = type(sys)(name)
            made.__spec__, made.__path__ = importer.find_spec(name), []
            if above:
                setattr(sys.modules[above], last, made)
