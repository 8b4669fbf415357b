"""The AWS target: what Lambda can run of an app, and the plan of its zip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.routes import paths
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.target import Options, Platform, Problem, Target, read_platform
from portable_aws.deploy.capabilities import problems
from portable_aws.deploy.shim import entry_source, module_name

PROVIDED = frozenset(("boto3", "botocore", "s3transfer", "jmespath"))
"""Distributions the managed Python runtimes carry (Lambda "runtime dependencies in Python")."""

PILLARS = {
    "bucket": "portable_aws.runtime.storage",
    "table": "portable_aws.runtime.persistence",
    "queue": "portable_aws.runtime.eventing",
    "topic": "portable_aws.runtime.eventing",
    "secret": "portable_aws.runtime.settings",
    "setting": "portable_aws.runtime.settings",
}


class AwsTarget:
    """AWS Lambda: one function per declared function, all from one zip, HTTP behind one HTTP API (payload 2.0)."""

    name = "aws"
    title = "AWS Lambda"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset(("isolate",))

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what Lambda and its event sources cannot do for the app."""
        return problems(app)

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the zip: an entry module per function at the root, beside the app's own modules."""
        kinds = {grant.kind for function in app.functions for grant in function.grants}
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            files={f"{module_name(function)}.py": entry_source(app, function) for function in app.functions},
            functions=tuple(
                PlannedFunction(function.name, f"{module_name(function)}.handler", details(app, function))
                for function in app.functions
            ),
            runtime=tuple(sorted({PILLARS[kind] for kind in kinds})),
            left_out=left_out(app),
            requirements=requirements(app),
            provided=PROVIDED,
            bytecode_alone=True,
        )

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per entry module: import it and name its handler, as the runtime client does."""
        script = (
            "import sys, importlib; sys.path.insert(0, '.'); "
            "m = importlib.import_module(sys.argv[1]); assert callable(m.handler); print(sys.argv[1] + '.handler loads')"
        )
        entries = sorted(path.stem for path in bundle.glob("entry_*.py"))
        return [[python, "-c", script, entry] for entry in entries]


def left_out(app: AppModel) -> frozenset[str]:
    """Return the modules of ours that no function can reach: the async bucket driver, unless a client awaits."""
    clients = [p.client.expression for function in app.functions for p in function.parameters if p.client is not None]
    return frozenset() if any("Async" in name for name in clients) else frozenset(("portable.storage.obstore_async",))


def requirements(app: AppModel) -> tuple[str, ...]:
    """Return what the app's declarations need beside its own dependencies: obstore for buckets, msgspec for types."""
    found = set()
    for function in app.functions:
        if any(grant.kind == "bucket" for grant in function.grants):
            found.add("obstore>=0.12,<0.13")
        if any(parameter.decoder == "typed" for parameter in function.parameters):
            found.add("msgspec>=0.19")
    return tuple(sorted(found))


def details(app: AppModel, function: FunctionModel) -> dict[str, Any]:
    """Return the API routes of an HTTP function: its own, HEAD with GET, any method for the path's first, the rest."""
    if function.trigger["kind"] != "http":
        return {}
    template = function.trigger["path"]
    path = next(path for path in paths(app.http()) if path.template == template)
    route = template.replace(":path}", "+}")
    method = "ANY" if function.trigger["method"] == "*" else function.trigger["method"]
    methods = [method, *(["HEAD"] if method == "GET" else [])]
    if path.functions[0].name == function.name and method != "ANY":
        methods.append("ANY")
    routes = [f"{method} {route}" for method in methods]
    if "{" in template and template.endswith(":path}"):
        routes += [f"{method} {template[: template.rindex('{')]}" for method in methods]
    if app.http()[0].name == function.name:
        routes.append("$default")
    return {"routes": routes}


target: Target = AwsTarget()
