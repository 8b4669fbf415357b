"""Protects a suite: a harness that removes, replaces or skips a test of the suite fails, unless it gives a reason.

A suite inherits from `Unweakened`. A harness that must deviate marks its own version of the test with `deviates("reason")`
or `pytest.mark.xfail(reason=…)`, which reports show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T", bound=Callable[..., Any])


def deviates(reason: str) -> Callable[[T], T]:
    """Mark a harness's own version of a test. `reason` says what the store cannot do, or does differently."""
    if len(reason.split()) < 3:
        raise ValueError(f"{reason!r} is not a reason: write what the store does and why the suite's test cannot pass")

    def mark(test: T) -> T:
        test.__deviates__ = reason  # type: ignore[attr-defined]
        return test

    return mark


class Unweakened:
    """A suite whose harnesses keep every test."""

    def test_nothing_of_the_suite_is_weakened(self) -> None:
        """Fail for each test that the harness changed without a reason."""
        assert list(weakened(type(self))) == []


def weakened(harness: type) -> Iterator[str]:
    """Yield a sentence for each test of a suite that a harness changed without a reason."""
    suites = [base for base in harness.__mro__ if _is_suite(base)]
    for base in suites:
        for name, original in vars(base).items():
            if not name.startswith("test_"):
                continue
            found = getattr(harness, name, None)
            if found is original or _has_reason(found):
                continue
            what = "replaced" if callable(found) else "removed"
            yield f"{harness.__name__} {what} {name} of {base.__name__} without a reason: mark it with deviates(…)"
    marks = getattr(harness, "pytestmark", [])
    for mark in marks if isinstance(marks, list) else [marks]:
        if mark.name in ("skip", "xfail"):
            yield f"{harness.__name__} is marked {mark.name} as a whole"


def _is_suite(base: type) -> bool:
    return any(cls is Unweakened for cls in base.__mro__) and not base.__name__.startswith("Test")


def _has_reason(test: object) -> bool:
    if getattr(test, "__deviates__", None):
        return True
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in getattr(test, "pytestmark", []))
