"""Webhooks on IronWorker: a task in, a Request out; the response goes to nobody.

Source: iron-io/docs worker/reference/api "Queue a Task From a Webhook": the body of the POST is the payload of the task.
Its path, query and headers are not passed on. The caller has long been told "Queued up." when the task runs.
"""

from __future__ import annotations

import logging

from portable.compute.dispatch import http as dispatch
from portable.eventing.request import Request
from portable_ironworker.runtime.task import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.context import Context
    from portable.eventing.routing import RouteTable
    from portable_ironworker.runtime.task import Handle, Task

_log = logging.getLogger("portable")


def handler(table: RouteTable, function: str, path: str, timeout: int) -> Handle:
    """Return what takes the tasks of a webhook. A response of 400 or more is a failed task: nobody else would see it."""

    def run(task: Task, context: Context) -> bool:
        response = dispatch(table, Request("POST", path, "", [], task.payload), context)
        _log.info("%s replied %d, which nobody is told", function, response.status)
        return response.status < 400

    return running(function, timeout, run)
