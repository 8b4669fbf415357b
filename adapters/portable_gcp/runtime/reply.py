"""The replies to the senders of events: 204 success, 400 not the declared event, 500 deliver it again.

Pub/Sub takes 102, 200, 201, 202 and 204 as an acknowledgement, and delivers again after any other status (Pub/Sub "push
subscriptions"). Cloud Scheduler and Eventarc take any 2xx as success.
"""

from __future__ import annotations

import logging

import flask

from portable.base.logs import current
from portable.errors import EventError
from portable_gcp.runtime.context import GcpContext, seconds_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")
    Handle = Callable[[flask.Request], "Reply"]

_log = logging.getLogger("portable")


class Reply(flask.Response):
    """A reply without a default Content-Type."""

    default_mimetype = None


def event_target(
    function: str,
    timeout: int,
    decode: Callable[[dict[str, Any], bytes], T],
    run: Callable[[T, GcpContext], bool],
) -> Handle:
    """Return the target of an event function.

    `decode(environment, body)` raises EventError if it is not the declared event; the reply is 400. `run(event, context)`
    returns whether it succeeded. What it raises is logged; the reply is 500.
    """
    seconds = seconds_of(timeout)

    def handle(request: flask.Request) -> Reply:
        environ = request.environ
        context = GcpContext(environ, request, function, seconds)
        token = current.set(context)
        try:
            try:
                event = decode(environ, request.get_data())
            except EventError as error:
                _log.warning("%s was not called: %s", function, error)
                return _problem(400, {"detail": str(error), "expected": error.expected, "came": error.came})
            if run(event, context):
                return Reply([], 204)
            return _problem(500, {"detail": "deliver it again"})
        except Exception as error:  # noqa: BLE001 - any exception of a handler means that the delivery failed
            _log.error("%s failed: %s", function, error, exc_info=error)
            return _problem(500, {"detail": "Internal Server Error"})
        finally:
            current.reset(token)

    return handle


def _problem(status: int, detail: dict[str, str]) -> Reply:
    import json

    return Reply([json.dumps(detail, ensure_ascii=False).encode()], status, [("content-type", "application/json")])
