"""What every test shares."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from hypothesis import settings
from searches import examples

gc.disable()  # until all is imported and collected
settings.register_profile("house", examples(100))
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take what was imported and collected out of the garbage collector's sight: it stays, and each look costs time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write half surrogates in captured output as escapes: reports travel as UTF-8, and hostile input is logged."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
