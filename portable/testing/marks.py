"""The marks of the kit as decorators with names and types: `@at_least_once(runs=50)`, `@every_wire`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, overload

import pytest

F = TypeVar("F", bound=Callable[..., Any])

every_wire = pytest.mark.every_wire
"""Run the test with the event format of every cloud."""


@overload
def at_least_once(function: F, /) -> F: ...
@overload
def at_least_once(
    *,
    runs: int = 50,
    seed: int | None = None,
    kinds: Iterable[str] | None = None,
    replay: Iterable[str] | None = None,
    http: bool = False,
    freeze: bool = False,
) -> Callable[[F], F]: ...
def at_least_once(
    function: F | None = None,
    /,
    *,
    runs: int = 50,
    seed: int | None = None,
    kinds: Iterable[str] | None = None,
    replay: Iterable[str] | None = None,
    http: bool = False,
    freeze: bool = False,
) -> F | Callable[[F], F]:
    """Repeat the test under `runs` schedules of accidents, each from the state that its fixtures made.

    Without a `seed` it is made of the test's name, so that every run of the suite is the same. `kinds` are those of
    `portable.testing.accidents.faults.KINDS`; `replay` is the list that a failure printed. With `http` requests of the test break as well, and
    are sent again as a client would: for apps whose requests may be repeated. With `freeze` `datetime.now()`,
    `time.time()`, `uuid4()` and `random` are the same in every run (needs time-machine).
    """
    mark = pytest.mark.at_least_once(runs=runs, seed=seed, kinds=kinds, replay=replay, http=http, freeze=freeze)
    return mark if function is None else mark(function)
