"""The Azure target: checks an app and plans its Functions project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.routes import paths
from portable.tooling.facts import Facts
from portable.tooling.infra.administering import Administering
from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.deploying import Deploying
from portable.tooling.infra.files import Infrastructure
from portable.tooling.infra.remote import Remote, Running
from portable.tooling.infra.site import site_details
from portable.tooling.infra.stage import Stage
from portable.tooling.isolation import KEY, isolated_names
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.problems import unlimited
from portable.tooling.target import (
    OBSTORE,
    OTEL,
    TRACES,
    Options,
    Platform,
    Problem,
    Target,
    TestKit,
    reach_of,
    read_platform,
)
from portable_azure.deploy.capabilities import problems
from portable_azure.deploy.cron import ncrontab
from portable_azure.deploy.deploying import DEPLOYING
from portable_azure.deploy.doctor import SCRIPT
from portable_azure.deploy.events import EVENTS
from portable_azure.deploy.facts import FACTS
from portable_azure.deploy.gateway import GATEWAY, gateway_problems, has_gateway
from portable_azure.deploy.host import host_json
from portable_azure.deploy.infra.main import infrastructure
from portable_azure.deploy.isolation import apart, shared_http
from portable_azure.deploy.routes import Binding, bindings
from portable_azure.deploy.shim import entry
from portable_azure.deploy.sources import CONNECTION, consumer_group_setting, hub_connection, queue_setting, source

APP = "App"
"""The identity that the functions of the function app share; no function has a name with capitals."""
PACKAGES = ".python_packages/lib/site-packages"
"""Where the worker looks for an app's dependencies first."""

IDENTITY = "azure-identity>=1.19"
REQUIREMENTS = {
    "": ("azure-functions>=1.26",),
    "bucket": (OBSTORE,),
    "table": ("azure-cosmos>=4.9", IDENTITY),
    "queue": ("azure-storage-queue>=12.12", IDENTITY),
    "topic": ("azure-eventgrid>=4.20", IDENTITY),
    "stream": ("azure-eventhub>=5.11", IDENTITY),
    "secret": ("azure-keyvault-secrets>=4.9", IDENTITY),
    TRACES: (OTEL, "azure-monitor-opentelemetry-exporter>=1.0.0b36", IDENTITY),
}
"""azure-functions ships with the app: the worker imports the app's copy, and Microsoft's samples all list it. The copy in
the host's image is only the one with which the worker was tested."""


class AzureTarget(Target):
    """Azure Functions on Flex Consumption: one Functions project, its paths the same as on the other targets."""

    name = "azure"
    title = "Azure Functions"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset((KEY, GATEWAY))
    package = "portable_azure"
    domains = True
    cdn = True
    triggers = frozenset(("http", "topic", *EVENTS))
    requirements: Mapping[str, tuple[str, ...]] = REQUIREMENTS
    reach = reach_of(REQUIREMENTS, "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    facts: Facts = FACTS

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what Azure Functions cannot do for the app."""
        gateway = has_gateway(app, options.table)
        return [
            *problems(app, gateway=gateway),
            *gateway_problems(app, options.table),
            *shared_http(app, isolated_names(app, options.table)),
            *unlimited(app, self.title),
        ]

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the project: function_app.py and host.json beside the app's own modules."""
        http = paths(app.http())
        bound = {binding.function.name: binding for binding in bindings(http)}
        zoned = any(function.trigger.get("timezone", "UTC") != "UTC" for function in app.functions)
        isolated = isolated_names(app, options.table)
        first = next((function.name for function in app.http()), "")
        gateway = has_gateway(app, options.table)
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={"function_app.py": entry(app, http, gateway=gateway)},
            files={"host.json": host_json(app)},
            functions=tuple(
                PlannedFunction(
                    function.name,
                    function.name,
                    details(function, bound)
                    | apart(function, isolated, first)
                    | site_details(function)
                    | ({GATEWAY: True} if gateway and function.name == first else {}),
                    identity=function.name if function.name in isolated else APP,
                )
                for function in app.functions
            ),
            requirements=("tzdata>=2024.1",) if zoned else (),
            dependencies=PACKAGES,
        )

    def infra(self, blueprint: Blueprint, stage: Stage) -> Infrastructure:
        """Return the Terraform configuration of the app on Azure."""
        return infrastructure(blueprint, stage)

    def deploying(self) -> Deploying:
        """Return what deploying to Azure differs in."""
        return DEPLOYING

    def administering(self) -> Administering:
        """Return who may deploy to Azure."""
        from portable_azure.deploy.deployer.administering import ADMINISTERING

        return ADMINISTERING

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return the command that loads function_app.py as the worker does, and prints the functions."""
        return [[python, "-c", SCRIPT]]

    def testing(self) -> TestKit:
        """Return what the test kit needs to run the Azure worker."""
        from portable_azure.testing import artifact, host, recording

        return TestKit(host.WorkerHost, recording.plain, artifact.ArtifactHost, own_python=True)

    def remote(self) -> Callable[[Running], Remote]:
        """Return what talks to a stage on Azure."""
        from portable_azure.deploy.remote.stage import AzureRemote

        return AzureRemote


def details(function: FunctionModel, bound: Mapping[str, Binding]) -> dict[str, Any]:
    """Return the function's trigger in the host's terms. `bound` are the HTTP triggers by name of function."""
    binding = bound.get(function.name)
    if binding is not None:
        return {"type": "httpTrigger", "route": binding.route, "methods": list(binding.methods)}
    feed, trigger = source(function), function.trigger
    if feed == "schedule":
        return {"type": "timerTrigger", "schedule": ncrontab(trigger["expression"], trigger["timezone"])}
    if feed == "object":
        return {"type": "eventGridTrigger", "attempts": function.attempts}
    if feed == "queue":
        return {"type": "queueTrigger", "setting": queue_setting(function), "connection": CONNECTION}
    return {
        "type": "eventHubTrigger",
        "setting": queue_setting(function),
        "connection": hub_connection(function),
        "consumer_group": consumer_group_setting(function),
    }


target: Target = AzureTarget()
