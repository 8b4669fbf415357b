"""The Azure target: what Azure Functions can run of an app, and the plan of its Functions project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.routes import paths
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.target import Options, Platform, Problem, Target, read_platform
from portable_azure.deploy.capabilities import problems
from portable_azure.deploy.cron import ncrontab
from portable_azure.deploy.doctor import SCRIPT
from portable_azure.deploy.host import host_json
from portable_azure.deploy.roads import CONNECTION, queue_setting, queued
from portable_azure.deploy.routes import bindings
from portable_azure.deploy.shim import source

PACKAGES = ".python_packages/lib/site-packages"
"""Where the worker looks for an app's dependencies first."""

PILLARS = {
    "bucket": "portable_azure.runtime.storage",
    "table": "portable_azure.runtime.persistence",
    "queue": "portable_azure.runtime.eventing",
    "topic": "portable_azure.runtime.eventing",
    "secret": "portable_azure.runtime.settings",
    "setting": "portable_azure.runtime.settings",
}
CLIENTS = {
    "bucket": ("obstore>=0.12,<0.13",),
    "table": ("azure-cosmos>=4.9", "azure-identity>=1.19"),
    "queue": ("azure-storage-queue>=12.12", "azure-identity>=1.19"),
    "topic": ("azure-eventgrid>=4.20", "azure-identity>=1.19"),
    "secret": ("azure-keyvault-secrets>=4.9", "azure-identity>=1.19"),
}
FUNCTIONS = "azure-functions>=1.26"


class AzureTarget:
    """Azure Functions on Flex Consumption: one Functions project, its paths the same as on the other targets."""

    name = "azure"
    title = "Azure Functions"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset(("isolate",))

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what Azure Functions cannot do for the app."""
        return problems(app)

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the project: function_app.py and host.json beside the app's own modules."""
        kinds = used(app)
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            files={"function_app.py": source(app), "host.json": host_json(app)},
            functions=tuple(
                PlannedFunction(function.name, function.name, details(app, function)) for function in app.functions
            ),
            runtime=tuple(sorted({PILLARS[kind] for kind in kinds})),
            requirements=requirements(app, kinds),
            dependencies=PACKAGES,
        )

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return the command that loads function_app.py as the worker does and names what it indexes."""
        return [[python, "-c", SCRIPT]]


def used(app: AppModel) -> frozenset[str]:
    """Return the kinds of resources that the app's functions reach at run time."""
    kinds = {grant.kind for function in app.functions for grant in function.grants}
    if any(function.dead_letter and queued(function) for function in app.functions):
        kinds.add("queue")
    if any(function.idempotent is not None for function in app.functions):
        kinds.add("table")
    return frozenset(kinds)


def requirements(app: AppModel, kinds: frozenset[str]) -> tuple[str, ...]:
    """Return what the app needs beside its own dependencies.

    azure-functions ships: the worker imports the app's copy, and Microsoft's samples all list it; the copy in the
    host's image is only what the worker itself was tested with. tzdata ships where a schedule has a time zone.
    """
    found = {FUNCTIONS, *(client for kind in kinds for client in CLIENTS.get(kind, ()))}
    for function in app.functions:
        if any(parameter.decoder == "typed" for parameter in function.parameters):
            found.add("msgspec>=0.19")
        if function.trigger.get("timezone", "UTC") != "UTC":
            found.add("tzdata>=2024.1")
    return tuple(sorted(found))


def details(app: AppModel, function: FunctionModel) -> dict[str, Any]:
    """Return the function's trigger in the host's own words."""
    trigger = function.trigger
    if trigger["kind"] == "http":
        binding = next(b for b in bindings(paths(app.http())) if b.function.name == function.name)
        return {"type": "httpTrigger", "route": binding.route, "methods": list(binding.methods)}
    if trigger["kind"] == "schedule":
        return {"type": "timerTrigger", "schedule": ncrontab(trigger["expression"], trigger["timezone"])}
    if queued(function):
        return {"type": "queueTrigger", "setting": queue_setting(function), "connection": CONNECTION}
    return {"type": "eventGridTrigger", "attempts": function.attempts}


target: Target = AzureTarget()
