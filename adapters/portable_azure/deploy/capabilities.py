"""Lists what Azure cannot do for an app, each problem with its place. Sources: docs/azure.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import of_functions, of_queues
from portable.tooling.target import Problem
from portable_azure.deploy.routes import UNKNOWN
from portable_azure.deploy.sources import queued, source

HTTP_TIMEOUT = 230
"""Seconds after which the load balancer ends a request (Functions "timeout duration")."""
MEMORY = 4096
"""MB of the largest instance of Flex Consumption."""


WINDOW = 600
"""The longest wait for a batch of an event hub, in seconds (host.json "eventHubs": maxWaitTime)."""


_LACKING = {
    "ordered": "a storage queue keeps no order; AWS and Google Cloud have ordered queues",
    "deduplicated": "a storage queue does not deduplicate; AWS does",
}
"""Abilities of a queue that storage queues lack, and who has them."""


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app on Azure."""
    return [
        *of_functions(app.functions, _errors, _gaps),
        *_modules(app),
        *of_queues(app, _LACKING),
        *_backoffs(app),
        *_streams(app),
    ]


def _errors(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    if function.name in ("host", UNKNOWN):
        yield f'a function on Azure cannot be called "{function.name}": the name is reserved; rename it with name='
    if function.memory > MEMORY:
        yield f"memory={function.memory} is too much: an instance has at most {MEMORY} MB"
    if trigger["kind"] == "stream" and trigger["window"] > WINDOW:
        yield f"window={trigger['window']} is too long: Event Hubs waits up to {WINDOW} s for a batch"


def _gaps(function: FunctionModel) -> Iterator[str]:
    kind = function.trigger["kind"]
    if kind == "http" and function.timeout > HTTP_TIMEOUT:
        yield f"timeout={function.timeout} is too long: Azure ends a request after {HTTP_TIMEOUT} s"
    if kind == "schedule" and function.dead_letter:
        yield "a schedule has no dead letters on Azure: a failed run is only logged"
    if kind == "object" and function.backoff is not None and not queued(function):
        yield f"backoff={function.backoff:g} is not kept: Event Grid has waits of its own"


def _modules(app: AppModel) -> list[Problem]:
    """Return the modules that cannot be imported: the worker searches its own and Python's libraries first."""
    names = {module.partition(".")[0] for module in app.modules}
    found = [
        Problem(
            f"the module {name} cannot be imported on Azure, because Python has a module with this name: rename it",
            error=False,
        )
        for name in sorted(names & sys.stdlib_module_names)
    ]
    if "function_app" in names:
        found.append(
            Problem("the module function_app has the name of the module that portable generates for Azure: rename it")
        )
    return found


def _streams(app: AppModel) -> list[Problem]:
    """Return conflicts of streams: host.json has one batch, window and start of event hubs for a whole app."""
    streams = [function for function in app.functions if source(function) == "stream"]
    found = []
    for name, error in (("batch", False), ("window", False), ("start", True)):
        declared = sorted({function.trigger[name] for function in streams})
        if len(declared) > 1:
            what = (
                f"{declared[0]!r}, the smallest, is used for all" if not error else "declare the same, or make two apps"
            )
            text = f"the functions of an app share one records({name}=…) on Azure: {what}"
            found.append(Problem(text, streams[0].where, error=error))
    return found


def _backoffs(app: AppModel) -> list[Problem]:
    """Return a note if functions ask for different waits: host.json has one for all queues of an app."""
    waits = {function.backoff for function in app.functions if queued(function)}
    if len(waits) < 2:
        return []
    longest = max(wait or 0 for wait in waits)
    text = f"the functions of an app share one backoff on Azure: {longest:g} s, the longest one, is used for all"
    return [Problem(text, error=False)]
