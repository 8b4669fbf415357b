"""Running a mistake's test as the kit's plugin does: with no accidents, under accidents, or on a wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from zlib import crc32

import pytest
from mutants.form import REQUESTS, Mistake, imported

from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.testing.search.exploring import explore

TARGETS = ("aws", "azure", "gcp")


@contextmanager
def opened(
    mistake: Mistake, folder: Path, *, right: bool, wire: str | None = None
) -> Iterator[tuple[Cloud, ModuleType]]:
    """Give the cloud and the module of the right app, or of the wrong one."""
    name = f"{mistake.name}_{'right' if right else 'wrong'}"
    with imported(mistake.source(right=right), folder, name) as module:
        cloud = Cloud(load_modules([module]), wire=wire)
        cloud.test = mistake.test
        try:
            yield cloud, module
        finally:
            cloud.close()


def plain(mistake: Mistake, folder: Path, *, right: bool, wire: str | None = None) -> None:
    """Run the test once, without accidents."""
    with opened(mistake, folder, right=right, wire=wire) as (cloud, module):
        mistake.test(cloud, module)
        cloud.check()


def disturbed(
    mistake: Mistake, folder: Path, *, right: bool, runs: int = 50, seed: int | None = None, wire: str | None = None
) -> int:
    """Run the test under `runs` schedules of accidents; the seed is of its name. Return how many ran."""
    chosen = crc32(mistake.name.encode()) if seed is None else seed
    with opened(mistake, folder, right=right, wire=wire) as (cloud, module):
        http = mistake.found_by == REQUESTS
        return explore(lambda: mistake.test(cloud, module), cloud, runs=runs, seed=chosen, http=http).runs


def note_of(error: BaseException) -> str:
    """Return what the kit tells of the accidents that made a test fail."""
    return "\n".join(getattr(error, "__notes__", ()))


FAILURES = (Exception, pytest.fail.Exception)
"""What a test may fail with."""
