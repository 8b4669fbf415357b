"""Tells the test of attempts in a host process of `--artifact` that fail while no handler does; what it tells of any call."""

from __future__ import annotations

import contextlib
import os
import pickle
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

EVENTS = frozenset(os.environ.get("PORTABLE_KIT_EVENTS", "").split())
"""The types of events, as `module:name`."""
_HERE = os.path.dirname(__file__)

FAILED: ContextVar[list[str] | None] = ContextVar("failed", default=None)
"""The handlers that failed in the attempt that runs, and told it."""


class Attempt:
    """A generated call. It tells the test of an error that is not the handler's: of a payload, a provider, a wrapper."""

    def __init__(self, call: Any, line: Any) -> None:
        self._call = call
        self._line = line

    def __getattr__(self, name: str) -> Any:
        """Return what the call has, such as the history of an idempotent one."""
        return getattr(self._call, name)

    def __call__(self, event: Any, context: Any) -> Any:
        """Call, and return what was returned or an awaitable of it."""
        if FAILED.get() is not None:
            return self._call(event, context)
        with self._told(event, context):
            found = self._call(event, context)
        return self._awaited(found, event, context) if hasattr(found, "__await__") else found

    async def _awaited(self, found: Any, event: Any, context: Any) -> Any:
        with self._told(event, context):
            return await found

    @contextlib.contextmanager
    def _told(self, event: Any, context: Any) -> Iterator[None]:
        failed: list[str] = []
        token = FAILED.set(failed)
        try:
            yield
        except BaseException as error:
            if not failed:
                self._line.ask("begin", context.function, context.attempt, event_in({"": event}))
                self._line.ask("end", context.function, told_of(error), False)
            raise
        finally:
            FAILED.reset(token)


def told_of(error: BaseException) -> tuple[str, str, str]:
    """Return the type, the text and the traceback of an error, without the frames of this folder."""
    trace = error.__traceback__
    while trace is not None and os.path.dirname(trace.tb_frame.f_code.co_filename) == _HERE:
        trace = trace.tb_next
    return type(error).__name__, str(error), "".join(traceback.format_exception(type(error), error, trace))


def event_in(options: dict[str, Any]) -> bytes | None:
    """Return the pickled event among the arguments of a handler, or None if there is none that can be pickled."""
    for value in options.values():
        first = value[0] if isinstance(value, list) and value else value  # a batch travels as one
        if f"{type(first).__module__}:{type(first).__name__}" in EVENTS:
            with contextlib.suppress(Exception):  # a payload may be of any type
                return pickle.dumps(value)
    return None
