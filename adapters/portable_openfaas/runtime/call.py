"""One call of the template python3-http: its event in, the Context and the reply out; for events also the tries within.

A connector calls a function once and takes any answer as the end of the event (openfaas/connector-sdk `Invoke`; docs
sqs-events, kafka-events), so the tries that a function declares are made here, while its timeout lasts. 204 is done, 400 is
not the declared event, 500 was not done: the queue worker of OpenFaaS Pro brings that again where it is told to.
"""

from __future__ import annotations

import logging
from os import urandom
from time import sleep, time

import flask

from portable.base.logs import current
from portable.compute.context import Context
from portable.errors import EventError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")
    Handle = Callable[[Any, Any], "Reply"]

_log = logging.getLogger("portable")


class Reply(flask.Response):
    """A reply without a Content-Type of its own. The template hands what is no dict to flask as it is."""

    default_mimetype = None


def health(event: Any) -> Reply | None:
    """Return the reply to a probe, None for any other request; of-watchdog answers probes itself where it runs."""
    return Reply([b"OK"]) if event.path in ("/_/health", "/_/ready") else None


def context_of(event: Any, native: Any, function: str, timeout: int) -> Context:
    """Return the Context of a call; its `native` is the template's (event, context) pair."""
    call, trace = event.headers.get("X-Call-Id") or urandom(16).hex(), event.headers.get("traceparent")
    return Context(call, function, time() + timeout, (event, native), trace)


def answering(function: str, timeout: int, decode: Callable[[Any], T], run: Callable[[T, Context], bool]) -> Handle:
    """Return the `handle` of an event function; `decode` raises EventError, `run` tells whether the event is done with."""

    def handle(event: Any, native: Any) -> Reply:
        context = context_of(event, native, function, timeout)
        token = current.set(context)
        try:
            return health(event) or Reply([], 204 if run(decode(event), context) else 500)
        except EventError as error:
            _log.warning("%s was not called: %s", function, error)
            return Reply([str(error).encode()], 400, [("content-type", "text/plain; charset=utf-8")])
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed event
            _log.error("%s failed: %s", function, error, exc_info=error)
            return Reply([], 500)
        finally:
            current.reset(token)

    return handle


def tries(attempts: int, backoff: float, context: Context) -> Iterator[int]:
    """Yield the number of each try, from 1, `backoff` seconds apart; none begins when the time of the call is over."""
    for attempt in range(1, attempts + 1):
        if attempt > 1:
            if context.remaining() <= backoff:
                return
            sleep(backoff)
        context.attempt = attempt
        yield attempt
