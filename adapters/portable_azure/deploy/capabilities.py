"""What Azure cannot do for an app, each with its place; sources in docs/azure.md."""

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
"""Seconds that a batch of an event hub is waited for (host.json "eventHubs": maxWaitTime)."""


def problems(app: AppModel) -> list[Problem]:
    """Return the gaps of an app on Azure."""
    found = [problem for function in app.functions for problem in _function(function)]
    return [*found, *_modules(app), *_queues(app), *_together(app), *_streams(app)]


def _function(function: FunctionModel) -> list[Problem]:
    trigger, name = function.trigger, function.name
    found = []
    if name in ("host", UNKNOWN):
        found.append(Problem(f'a function on Azure cannot be called "{name}": the name is taken', function.where))
    if function.memory > MEMORY:
        found.append(
            Problem(f"{name}: memory={function.memory} is over the {MEMORY} MB of an instance", function.where)
        )
    if trigger["kind"] == "http" and function.timeout > HTTP_TIMEOUT:
        found.append(
            Problem(
                f"{name}: a request is answered within {HTTP_TIMEOUT} s, timeout={function.timeout} cannot be kept",
                function.where,
                error=False,
            )
        )
    if trigger["kind"] == "schedule" and function.dead_letter:
        found.append(
            Problem(f"{name}: a timer has no dead letters, a failed run is only logged", function.where, error=False)
        )
    return found


def _modules(app: AppModel) -> list[Problem]:
    """The worker puts the app's folder last on the path, behind its own libraries and Python's."""
    names = {module.partition(".")[0] for module in app.modules}
    found = [
        Problem(f"the module {name} is hidden on Azure by Python's own of that name: rename it", error=False)
        for name in sorted(names & sys.stdlib_module_names)
    ]
    if "function_app" in names:
        found.append(Problem("the module function_app is the one that is made for Azure: rename the app's"))
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
            f'queue "{resource.name}": a storage queue cannot be {option}; it can on AWS',
            places.get(resource.name),
        )
        for resource in app.resources
        if resource.kind == "queue"
        for option in ("ordered", "deduplicated")
        if resource.options.get(option)
    ]


def _streams(app: AppModel) -> list[Problem]:
    """host.json tells batch, window and start of event hubs once for a whole app."""
    streams = [function for function in app.functions if road(function) == "stream"]
    found = []
    for name, error in (("batch", False), ("window", False), ("start", True)):
        declared = sorted({function.trigger[name] for function in streams})
        if len(declared) > 1:
            what = f"{declared[0]!r}, the smallest, for all" if not error else "declare one, or make two apps"
            text = f"the functions of an app share one records({name}=…) on Azure: {what}"
            found.append(Problem(text, streams[0].where, error=error))
    return found + [
        Problem(
            f"{function.name}: Event Hubs wait up to {WINDOW} s for a batch, not window={function.trigger['window']}",
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
            f"the functions of an app wait alike between tries on Azure: {longest:g} s, the longest backoff",
            error=False,
        )
    ]
