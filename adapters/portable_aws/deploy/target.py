"""The AWS target: checks an app and plans its zip for Lambda."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.needs import needs
from portable.tooling.entry.call_source import module_name
from portable.tooling.entry.parts import entries_in
from portable.tooling.entry.routes import Path as RoutePath
from portable.tooling.entry.routes import paths
from portable.tooling.facts import Facts
from portable.tooling.infra.administering import Administering
from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.deploying import Deploying
from portable.tooling.infra.files import Infrastructure
from portable.tooling.infra.remote import Remote, Running
from portable.tooling.infra.site import site_details
from portable.tooling.infra.stage import Stage
from portable.tooling.isolation import KEY
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.target import (
    OBSTORE,
    OTEL,
    TRACES,
    Options,
    Platform,
    Problem,
    Reach,
    Target,
    TestKit,
    read_platform,
)
from portable_aws.deploy.capabilities import needless, problems, unfit_base_path, unfit_tracing, unfit_zone
from portable_aws.deploy.deploying import DEPLOYING
from portable_aws.deploy.facts import FACTS
from portable_aws.deploy.infra.access import TRACING
from portable_aws.deploy.infra.domain import ZONE
from portable_aws.deploy.infra.main import infrastructure
from portable_aws.deploy.shim import entry

PROVIDED = frozenset(("boto3", "botocore", "s3transfer"))
"""Distributions that the managed Python runtimes contain (Lambda "runtime dependencies in Python")."""
PROVIDED_BENEATH = frozenset(("jmespath", "python-dateutil", "six", "urllib3"))
"""Their dependencies, which the runtimes contain too (Requires-Dist of botocore and python-dateutil)."""


class AwsTarget(Target):
    """AWS Lambda: one function per declared function, all from one zip, HTTP behind one HTTP API (payload 2.0)."""

    name = "aws"
    title = "AWS Lambda"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset((KEY, "base_path", TRACING, ZONE))
    package = "portable_aws"
    domains = True
    cdn = True
    triggers = frozenset(("http", "schedule", "queue", "topic", "object", "stream"))
    requirements: Mapping[str, tuple[str, ...]] = {"bucket": (OBSTORE,), TRACES: (OTEL,)}
    reach = Reach(
        {"": ("boto3>=1.35",), "bucket": (OBSTORE,)},
        (("AWS_REGION", "AWS_DEFAULT_REGION"),),
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    )
    facts: Facts = FACTS

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what AWS cannot do for the app."""
        unfit = [*unfit_base_path(options.table.get("base_path", "")), *unfit_tracing(options.table)]
        unfit += unfit_zone(app, options.table)
        return [*problems(app), *needless(options.table), *unfit]

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the zip: the app's modules and, at the root, one entry module per function."""
        http = {path.template: path for path in paths(app.http())}
        first = next(iter(app.http()), None)
        base_path = str(options.table.get("base_path", ""))
        spans = any(function.traced for function in app.functions)  # X-Ray's daemon takes them, if it runs
        traced = {TRACING: True} if spans or options.table.get(TRACING) else {}
        found = {function.name: details(function, http, first) for function in app.functions}
        if first is not None and options.table.get(ZONE):
            found[first.name][ZONE] = options.table[ZONE]
        for function in app.functions:
            found[function.name] |= site_details(function)
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={f"{module_name(function)}.py": entry(function, http, base_path) for function in app.functions},
            functions=tuple(
                PlannedFunction(function.name, f"{module_name(function)}.handler", found[function.name] | traced)
                for function in app.functions
            ),
            counts={"routes": sum(len(one.get("routes", ())) for one in found.values())},
            provided=PROVIDED,
            provided_beneath=PROVIDED_BENEATH,
            provided_used=frozenset(("boto3",)) if needs(app).kinds - {"setting"} else frozenset(),
            bytecode_alone=True,
        )

    def infra(self, blueprint: Blueprint, stage: Stage) -> Infrastructure:
        """Return the Terraform configuration of the app on AWS."""
        return infrastructure(blueprint, stage)

    def deploying(self) -> Deploying:
        """Return what deploying to AWS differs in."""
        return DEPLOYING

    def administering(self) -> Administering:
        """Return who may deploy to AWS."""
        from portable_aws.deploy.deployer.administering import ADMINISTERING

        return ADMINISTERING

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per entry module, which imports it and finds its handler, as the runtime client does."""
        script = (
            "import sys, importlib; sys.path.insert(0, '.'); "
            "m = importlib.import_module(sys.argv[1]); assert callable(m.handler); print(sys.argv[1] + '.handler loads')"
        )
        return [[python, "-c", script, name] for name in entries_in(bundle)]

    def testing(self) -> TestKit:
        """Return what the test kit needs to run Lambda."""
        from portable_aws.testing import artifact, host, recording

        return TestKit(host.LambdaHost, recording.plain, artifact.ArtifactHost)

    def remote(self) -> Callable[[Running], Remote]:
        """Return what talks to a stage on AWS."""
        from portable_aws.deploy.remote.stage import AwsRemote

        return AwsRemote


def details(function: FunctionModel, http: Mapping[str, RoutePath], first: FunctionModel | None) -> dict[str, Any]:
    """Return the API routes of an HTTP function: its own, HEAD with GET, any method for its owner.

    That is the function for any method of a path, or else the first one declared on it.
    `http` are the app's paths by their template. The app's first HTTP function gets the requests for unknown paths.
    """
    if function.trigger["kind"] != "http":
        return {}
    template = function.trigger["path"]
    method = "ANY" if function.trigger["method"] == "*" else function.trigger["method"]
    methods = [method, *(["HEAD"] if method == "GET" else [])]
    if method != "ANY" and http[template].owner.name == function.name:
        methods.append("ANY")
    routes = _routes(template, methods)
    if function.mount is not None:
        others = [path.template for path in http.values() if path.owner is function and path.template != template]
        routes += [route for other in others for route in _routes(other, ["ANY"])]
    if function is first:
        routes.append("$default")
    return {"routes": routes}


def _routes(template: str, methods: list[str]) -> list[str]:
    """Return the routes of an HTTP API for some methods of a path. The rest of a path may be empty."""
    routes = [f"{method} {template.replace(':path}', '+}')}" for method in methods]
    if "{" in template and template.endswith(":path}"):
        routes += [f"{method} {template[: template.rindex('{')]}" for method in methods]
    return routes


target: Target = AwsTarget()
