"""What the suites of drivers share: what a store lacks, keys of a test's own, tests that await, and checks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import uuid4

import pytest

from portable.base.awaited import awaited
from portable.errors import UnsupportedError


class Harness:
    """A store under test: the drivers of its resources. `lacks` maps an ability to the reason why it is missing."""

    lacks: Mapping[str, str]
    open: Callable[[Any], Any]
    """Returns the driver of a resource of the suite."""

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource, as a runtime does."""
        return self.open(resource)

    def async_of(self, resource: Any) -> Any:
        """Return the asynchronous driver of a resource, as a runtime does."""
        return awaited(self.of(resource))

    def need(self, *abilities: str) -> None:
        """Skip the test, with the reason, if the store lacks an ability."""
        for ability in abilities:
            if ability in self.lacks:
                pytest.skip(f"{ability}: {self.lacks[ability]}")


def unique() -> str:
    """Return a text that no other test uses."""
    return uuid4().hex


def in_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Return a test that is `async def` as one that any pytest runs, with no plugin."""

    @wraps(test)
    def run(*arguments: Any, **fixtures: Any) -> None:
        async def awaited() -> None:
            await test(*arguments, **fixtures)

        asyncio.run(awaited())

    return run


def check_is_now(moment: datetime | None) -> None:
    """Fail unless a time is the present, in UTC. The clock of a server may differ a little."""
    assert moment is not None
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=2)


def check_native(client: Any, native: type | None) -> None:
    """Fail unless a client gives the provider's own client of type `native`, if there is one, and nothing else."""
    with pytest.raises(UnsupportedError, match="complex"):
        client.unwrap(complex)
    if native is not None:
        assert isinstance(client.unwrap(native), native)
