"""Several events that came in one delivery: each is handled, also after one has failed; then the first error is raised.

What could not be read as the declared event is in its place as the EventError that says so, and fails alone.
"""

from __future__ import annotations

import logging

from portable.base.ending import ends_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_log = logging.getLogger("portable")


def run_all(items: Iterable[Any], call: Callable[[Any], object]) -> None:
    """Call for every item. Raises the first error at the end; the others are logged."""
    first: BaseException | None = None
    for item in items:
        error: BaseException | None = item if isinstance(item, Exception) else None
        if error is None:
            try:
                call(item)
                continue
            except BaseException as raised:  # noqa: BLE001 - the events behind it are handled all the same
                error = raised
        first = _first(first, error)
    if first is not None:
        raise first


async def run_all_async(items: Iterable[Any], call: Callable[[Any], Any]) -> None:
    """`run_all` for a host that awaits; what a call returns may be awaitable."""
    first: BaseException | None = None
    for item in items:
        error: BaseException | None = item if isinstance(item, Exception) else None
        if error is None:
            try:
                found = call(item)
                if hasattr(found, "__await__"):
                    await found
                continue
            except BaseException as raised:  # noqa: BLE001 - the events behind it are handled all the same
                error = raised
        first = _first(first, error)
    if first is not None:
        raise first


def readable(items: list[Any]) -> list[Any]:
    """Return the items as they are. Raises the first one's error when none of them could be read."""
    if items and all(isinstance(item, Exception) for item in items):
        raise items[0]
    return items


def _first(first: BaseException | None, error: BaseException) -> BaseException:
    if ends_process(error):
        raise error
    if first is None:
        return error
    _log.error("another event of the same delivery failed: %s", type(error).__name__, exc_info=error)
    return first
