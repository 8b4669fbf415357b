"""Lists what Azure cannot do for an app, each problem with its place. Sources: docs/azure.md."""

from __future__ import annotations

import sys

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.target import Problem
from portable_azure.deploy.roads import queued, road
from portable_azure.deploy.routes import UNKNOWN

HTTP_TIMEOUT = 230
"""Seconds after which the load balancer ends a request (Functions "timeout duration")."""
MEMORY = 4096
"""MB of the largest instance of Flex Consumption."""


WINDOW = 600
"""The longest wait for a batch of an event hub, in seconds (host.json "eventHubs": maxWaitTime)."""


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app on Azure."""
    found = [problem for function in app.functions for problem in _function(function)]
    return [*found, *_modules(app), *_queues(app), *_together(app), *_streams(app)]


def _function(function: FunctionModel) -> list[Problem]:
    trigger, name = function.trigger, function.name
    found = []
    if name in ("host", UNKNOWN):
        found.append(
            Problem(
                f'a function on Azure cannot be called "{name}": the name is reserved; rename it with name=',
                function.where,
            )
        )
    if function.memory > MEMORY:
        found.append(
            Problem(
                f"{name}: memory={function.memory} is too much: an instance has at most {MEMORY} MB", function.where
            )
        )
    if trigger["kind"] == "http" and function.timeout > HTTP_TIMEOUT:
        found.append(
            Problem(
                f"{name}: timeout={function.timeout} is too long: Azure ends a request after {HTTP_TIMEOUT} s",
                function.where,
                error=False,
            )
        )
    if trigger["kind"] == "schedule" and function.dead_letter:
        found.append(
            Problem(
                f"{name}: a schedule has no dead letters on Azure: a failed run is only logged",
                function.where,
                error=False,
            )
        )
    return found


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


def _queues(app: AppModel) -> list[Problem]:
    places = {
        grant.resource: function.where
        for function in app.functions
        for grant in function.grants
        if grant.kind == "queue"
    }
    places |= {f.trigger["queue"]: f.where for f in app.functions if f.trigger["kind"] == "queue"}
    return [
        Problem(
            f'queue "{resource.name}": {option}=True is not supported: storage queues cannot do it (SQS on AWS can)',
            places.get(resource.name),
        )
        for resource in app.resources
        if resource.kind == "queue"
        for option in ("ordered", "deduplicated")
        if resource.options.get(option)
    ]


def _streams(app: AppModel) -> list[Problem]:
    """Return conflicts of streams: host.json has one batch, window and start of event hubs for a whole app."""
    streams = [function for function in app.functions if road(function) == "stream"]
    found = []
    for name, error in (("batch", False), ("window", False), ("start", True)):
        declared = sorted({function.trigger[name] for function in streams})
        if len(declared) > 1:
            what = (
                f"{declared[0]!r}, the smallest, is used for all" if not error else "declare the same, or make two apps"
            )
            text = f"the functions of an app share one records({name}=…) on Azure: {what}"
            found.append(Problem(text, streams[0].where, error=error))
    return found + [
        Problem(
            f"{function.name}: window={function.trigger['window']} is too long: Event Hubs waits up to {WINDOW} s for a batch",
            function.where,
        )
        for function in streams
        if function.trigger["window"] > WINDOW
    ]


def _together(app: AppModel) -> list[Problem]:
    waits = {function.backoff for function in app.functions if queued(function)}
    if len(waits) < 2:
        return []
    longest = max(wait or 0 for wait in waits)
    return [
        Problem(
            f"the functions of an app share one backoff on Azure: {longest:g} s, the longest one, is used for all",
            error=False,
        )
    ]
