"""Handles several events of one delivery: all are handled even if one fails; then the first error is raised.

An event that could not be read is replaced by its EventError in the list. Only this event fails.
"""

from __future__ import annotations

import logging

from portable.base.ending import ends_process
from portable.base.steps import do

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from portable.base.steps import Steps

_log = logging.getLogger("portable")


def run_all(items: Iterable[Any], call: Callable[[Any], object]) -> None:
    """Call `call` for every item. Raises the first error at the end; the others are logged."""
    do(running_all(items, call))


def running_all(items: Iterable[Any], call: Callable[[Any], object]) -> Steps[None]:
    """The steps of `run_all`."""
    first: BaseException | None = None
    for item in items:
        error: BaseException | None = item if isinstance(item, Exception) else None
        if error is None:
            try:
                yield call(item)
                continue
            except BaseException as raised:  # noqa: BLE001 - the later events are still handled
                error = raised
        first = _first(first, error)
    if first is not None:
        raise first


def readable(items: list[Any]) -> list[Any]:
    """Return the items unchanged. If none of them could be read, raise the error of the first one."""
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
