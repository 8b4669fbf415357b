"""One call of the template python3-http: takes its event; returns the Context and the reply. Events are retried in the call.

A connector calls a function only once, whatever the answer (openfaas/connector-sdk `Invoke`; docs sqs-events,
kafka-events). So the attempts that a function declares are made here, within its timeout. The status of the reply is 204 for
success, 400 for an event of the wrong kind, and 500 for a failure. The queue worker of OpenFaaS Pro can retry after a 500.
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
    """A reply without a default Content-Type. The template passes everything but a dict to Flask unchanged."""

    default_mimetype = None


def health(event: Any) -> Reply | None:
    """Return the reply to a health probe, or None for any other request. of-watchdog answers probes itself."""
    return Reply([b"OK"]) if event.path in ("/_/health", "/_/ready") else None


def context_of(event: Any, native: Any, function: str, timeout: int, kind: type[Context] = Context) -> Context:
    """Return the Context of a call; its `native` is the template's (event, context) pair."""
    call, trace = event.headers.get("X-Call-Id") or urandom(16).hex(), event.headers.get("traceparent")
    return kind(call, function, time() + timeout, (event, native), trace)


def event_handler(function: str, timeout: int, decode: Callable[[Any], T], run: Callable[[T, Context], bool]) -> Handle:
    """Return the `handle` of an event function. `decode` may raise EventError; `run` returns whether it succeeded."""

    def handle(event: Any, native: Any) -> Reply:
        context = context_of(event, native, function, timeout)
        token = current.set(context)
        try:
            return health(event) or Reply([], 204 if run(decode(event), context) else 500)
        except EventError as error:
            _log.warning("%s was not called: %s", function, error)
            return Reply([str(error).encode()], 400, [("content-type", "text/plain; charset=utf-8")])
        except Exception as error:  # noqa: BLE001 - any exception of a handler means that the event failed
            _log.error("%s failed: %s", function, error, exc_info=error)
            return Reply([], 500)
        finally:
            current.reset(token)

    return handle


def attempt_numbers(attempts: int, backoff: float, context: Context) -> Iterator[int]:
    """Yield the number of each attempt, from 1, `backoff` seconds apart. Ends early when the time of the call is over."""
    for attempt in range(1, attempts + 1):
        if attempt > 1:
            if context.remaining() <= backoff:
                return
            sleep(backoff)
        context.attempt = attempt
        yield attempt
