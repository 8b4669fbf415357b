"""Postpones the run of modules that few apps use, and that the server or `asyncio` imports all the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any


class Postponed(ModuleType):
    """A module that runs when a name of it is asked for, or is set by anything but the import of a module below it."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # `from … import` asks for it, and a package has it from the beginning
            raise AttributeError(name)
        self._run()
        return getattr(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if not isinstance(value, ModuleType):
            self._run()
        ModuleType.__setattr__(self, name, value)  # its class is another one by now

    def __dir__(self) -> list[str]:
        self._run()
        return dir(self)

    def _run(self) -> None:
        with vars(self)["__running__"]:  # another thread waits until it has run
            if type(self) is Postponed:
                object.__setattr__(self, "__class__", ModuleType)
                vars(self)["__spec__"].loader.exec_module(self)


def postpone(name: str, **known: object) -> None:
    """Let a module be imported without being run, and a package so with its modules. `known` are names of it that need no run."""
    spec: ModuleSpec | None = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    vars(module).update(known, __running__=RLock())
    object.__setattr__(module, "__class__", Postponed)
    sys.modules[name] = module
    above, _, own = name.rpartition(".")
    if above:
        setattr(sys.modules[above], own, module)


def late(module: str, name: str) -> Callable[..., Any]:
    """Return what stands for a function of a postponed module among its `known` names: the first call runs the module."""

    def call(*arguments: Any, **options: Any) -> Any:
        found = import_module(module)
        dir(found)  # it runs
        return getattr(found, name)(*arguments, **options)

    return call


def postpone_ssl() -> None:
    """Postpone `ssl`, of which `asyncio` and uvicorn ask these names when they are imported."""
    try:
        import _ssl
    except ImportError:  # a Python without it
        return
    names = ("SSLWantReadError", "SSLSyscallError", "PROTOCOL_TLS_SERVER", "CERT_NONE")
    postpone("ssl", **{name: getattr(_ssl, name) for name in names})
