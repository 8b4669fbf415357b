"""A provider's call is told to end when the function's own call ends, and never to have no limit."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

import pytest

from portable.base.backoff import SHORTEST, within
from portable.base.logs import current
from portable.compute.context import Context
from portable_azure.runtime.clients import OPTIONS, limited
from portable_gcp.runtime.persistence import one_try


@pytest.fixture
def left(request: pytest.FixtureRequest) -> Iterator[float]:
    token = current.set(Context("r", "f", time() + request.param))
    yield request.param
    current.reset(token)


def test_outside_a_call_the_limit_is_the_drivers_own() -> None:
    assert within(7.0) == 7.0
    assert one_try() == {"retry": None, "timeout": 10.0}
    assert limited().items() <= OPTIONS.items()


@pytest.mark.parametrize("left", [2.0], indirect=True)
def test_in_a_call_it_is_what_is_left(left: float) -> None:
    for limit in (within(7.0), one_try()["timeout"], *limited().values()):
        assert 0 < limit <= left
    assert within(1.0) == 1.0


@pytest.mark.parametrize("left", [0.0, -5.0], indirect=True)
def test_a_call_that_is_over_leaves_a_short_limit(left: float) -> None:
    assert within(7.0) == SHORTEST == one_try()["timeout"]
