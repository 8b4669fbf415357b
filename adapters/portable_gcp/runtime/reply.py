"""What an event's sender is told: 204 done, 400 not the declared event, 500 deliver it again.

Pub/Sub takes 102, 200, 201, 202 and 204 as acknowledged and delivers again after anything else (Pub/Sub "push
subscriptions"); Cloud Scheduler and Eventarc take any 2xx as done.
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
    """A reply without a Content-Type of its own."""

    default_mimetype = None


def answering(
    function: str,
    timeout: int,
    decode: Callable[[dict[str, Any], bytes], T],
    run: Callable[[T, GcpContext], bool],
) -> Handle:
    """Return the target of an event function.

    `decode(environment, body)` raises EventError for another event than was declared, which answers 400; then
    `run(event, context)` returns whether the event is done with. What it raises is logged and answers 500.
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
                return _told(400, {"detail": str(error), "expected": error.expected, "came": error.came})
            if run(event, context):
                return Reply([], 204)
            return _told(500, {"detail": "deliver it again"})
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed delivery
            _log.error("%s failed: %s", function, error, exc_info=error)
            return _told(500, {"detail": "Internal Server Error"})
        finally:
            current.reset(token)

    return handle


def _told(status: int, detail: dict[str, str]) -> Reply:
    import json

    return Reply([json.dumps(detail, ensure_ascii=False).encode()], status, [("content-type", "application/json")])
