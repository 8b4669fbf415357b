"""IronWorker in this process: takes portable events, runs them as tasks of the generated entries, returns exit codes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_ironworker.runtime.task import DONE, REFUSED, Task
from portable_ironworker.testing.tasks import encode_message, encode_tick, native

PAYLOAD = 64 * 1024
"""Bytes of a payload."""


class IronHost:
    """The code packages of one plan."""

    def __init__(self, plan: Plan, load: Callable[[str], dict[str, Any]]) -> None:
        self._modules = {function.name: function.entry for function in plan.functions}
        self._load = load

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Queue the task of a webhook and run it. The reply always says that it was queued."""
        if function is None:
            return Response.json({"msg": "Not found"}, status=404)
        if request.method != "POST":
            return Response.json({"msg": "Method not allowed"}, status=405)
        if len(request.body) > PAYLOAD:
            return Response.json({"msg": "The payload is over 64KB"}, status=400)
        self._run(self._modules[function.name], Task("webhook", request.body))
        return Response.json({"id": "webhook", "msg": "Queued up."})

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Run a task for each event. Return the ids of those that IronWorker runs again; it counts the attempts itself."""
        failed = []
        for id, event, attempt in events:  # noqa: A001
            task = encode_tick(event) if function.trigger["kind"] == "schedule" else encode_message(event)
            code = self._run(self._modules[function.name], task)
            if code == REFUSED:
                raise ValueError(f"{function.name} refused the task: {task.payload!r}")
            if code != DONE and (attempt or 1) < function.attempts:
                failed.append(id)
        return failed

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Run a recorded task. Returns None, as nobody receives the response of a webhook."""
        if self._run(self._modules[function.name], native(event)) == REFUSED:
            raise ValueError(f"{function.name} refused the task: {event!r}")
        return None

    def _run(self, module: str, task: Task) -> int:
        code: int = self._load(f"{module}.py")["handle"](task)
        return code


def host(
    plan: Plan,
    load: Callable[[str], dict[str, Any]],
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    remaining: Callable[[], float],
) -> IronHost:
    """Return the host of a plan."""
    return IronHost(plan, load)
