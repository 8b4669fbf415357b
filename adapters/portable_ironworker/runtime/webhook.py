"""Webhooks on IronWorker: takes a task; returns a Request. Nobody receives the response.

Source: iron-io/docs worker/reference/api "Queue a Task From a Webhook": the body of the POST is the payload of the task.
Its path, query and headers are lost. The caller gets the reply "Queued up." before the task runs.
"""

from __future__ import annotations

import logging

from portable.compute.dispatch import http as dispatch
from portable.eventing.request import Request
from portable_ironworker.runtime.task import task_handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.context import Context
    from portable.eventing.routing import RouteTable
    from portable_ironworker.runtime.task import Handle, Task

_log = logging.getLogger("portable")


def handler(table: RouteTable, function: str, path: str, timeout: int) -> Handle:
    """Return the handler of a webhook's tasks. The task fails if the status is 400 or more: nobody else would see it."""

    def run(task: Task, context: Context) -> bool:
        response = dispatch(table, Request("POST", path, "", [], task.payload), context)
        _log.info("%s replied %d; on IronWorker nobody receives this response", function, response.status)
        return response.status < 400

    return task_handler(function, timeout, run)
