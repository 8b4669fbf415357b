"""Realistic mistakes of handlers, by theme. Each is found by the kit's ordinary use; its right twin is never accused."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from mutants.form import Mistake


def themes() -> dict[str, list[Mistake]]:
    """Return every mistake by the name of its theme."""
    found: dict[str, list[Mistake]] = {}
    for info in iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        found[info.name] = [value for value in vars(module).values() if isinstance(value, Mistake)]
    return found


def mistakes() -> list[Mistake]:
    """Return every mistake."""
    return [each for theme in themes().values() for each in theme]
