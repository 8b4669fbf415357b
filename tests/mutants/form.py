"""The form of a mistake: an app that is right, the lines that make it wrong, and the ordinary test that finds it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import portable

Test = Callable[[Any, Any], None]
"""An ordinary test of the kit: it takes the cloud and the app's module. It looks only at what the app brought about."""

ACCIDENTS, REQUESTS, WIRES, PLAIN = "@at_least_once", "@at_least_once(http=True)", "--wire", "cloud"
"""What of the kit's ordinary use finds a mistake."""

_HEADER = f"""from __future__ import annotations

import asyncio, json, logging, random, threading, time, uuid
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from portable import {", ".join(portable.__all__)}

"""


@dataclass(frozen=True)
class Mistake:
    """`app` is the source of the right handlers; each line that is a key of `change` becomes its value in the wrong ones.

    `wrong` and `right` say in words what is done wrongly, and what instead.
    """

    wrong: str
    right: str
    app: str
    change: Mapping[str, str]
    found_by: str
    test: Test

    @property
    def name(self) -> str:
        """The name of its test, which tells the mistakes apart."""
        return self.test.__name__

    def source(self, *, right: bool) -> str:
        """Return the source of the right app, or of the wrong one. Raises ValueError for lines the app does not have."""
        found = self.app
        for old, new in self.change.items():
            if found.count(old) != 1:
                raise ValueError(f"{self.name}: the app has these lines {found.count(old)} times, not once: {old}")
            found = found if right else found.replace(old, new)
        return _HEADER + found


def mistake(
    wrong: str, *, right: str, app: str, change: Mapping[str, str], found_by: str = ACCIDENTS
) -> Callable[[Test], Mistake]:
    """Make a mistake of the test that it decorates."""
    return lambda test: Mistake(wrong, right, app, change, found_by, test)


@contextmanager
def imported(source: str, folder: Path, name: str) -> Iterator[ModuleType]:
    """Give the module of a source, for the block."""
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[name]
