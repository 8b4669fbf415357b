"""The Google Cloud target: checks an app and plans its source folder for Cloud Run functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.parts import entries_in
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
from portable_gcp.deploy.capabilities import problems
from portable_gcp.deploy.deploying import DEPLOYING
from portable_gcp.deploy.facts import FACTS
from portable_gcp.deploy.infra.main import infrastructure
from portable_gcp.deploy.shim import entries, entry_module, entry_name, main_source, source_name

REQUIREMENTS = {
    "": ("functions-framework>=3.8",),
    "bucket": (OBSTORE,),
    "table": ("google-cloud-firestore>=2.19",),
    "queue": ("google-cloud-pubsub>=2.27",),
    "topic": ("google-cloud-pubsub>=2.27",),
    "stream": ("google-cloud-pubsub>=2.27",),
    "secret": ("google-cloud-secret-manager>=2.21",),
    TRACES: (OTEL, "opentelemetry-exporter-gcp-trace>=1.7"),
}
LOAD = (
    "import sys; from functions_framework import create_app; "
    "create_app(sys.argv[1], sys.argv[2]); print(sys.argv[2] + ':' + sys.argv[1] + ' loads')"
)
MISSING = (
    "import sys; sys.exit('functions-framework is not installed for ' + sys.executable + "
    "': install the bundle\\'s requirements.txt there, or choose an interpreter that has them')"
)


class GcpTarget(Target):
    """Cloud Run functions: one service for all HTTP functions, one for each event function, all from one source."""

    name = "gcp"
    title = "Google Cloud Run functions"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset((KEY,))
    package = "portable_gcp"
    domains = True
    cdn = True
    streams = True
    triggers = frozenset(("http", "schedule", "queue", "topic", "object", "stream"))
    requirements: Mapping[str, tuple[str, ...]] = REQUIREMENTS
    reach = reach_of(
        {**REQUIREMENTS, "bucket": (OBSTORE, "google-auth[requests]>=2.35")}, "GOOGLE_APPLICATION_CREDENTIALS"
    )
    undivided: frozenset[str] = frozenset(("table",))
    facts: Facts = FACTS

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what Google Cloud cannot do for the app."""
        return problems(app, isolated_names(app, options.table))

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the source folder: the app's modules, the file of targets, and one module per target."""
        source = source_name(app)
        isolated = isolated_names(app, options.table)
        found = entries(app, isolated)
        moved = f"the app has a module main, so the targets are in {source}: build with GOOGLE_FUNCTION_SOURCE={source}"
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={f"{entry.module}.py": entry_module(entry) for entry in found},
            files={source: main_source(app, found)},
            functions=tuple(
                PlannedFunction(
                    function.name,
                    entry_name(function, isolated),
                    details(function, source),
                    identity=entry_name(function, isolated),
                )
                for function in app.functions
            ),
            dependencies=None,
            notes=(moved,) if source != "main.py" else (),
        )

    def infra(self, blueprint: Blueprint, stage: Stage) -> Infrastructure:
        """Return the Terraform configuration of an app in a stage."""
        return infrastructure(blueprint, stage)

    def deploying(self) -> Deploying:
        """Return what deploying to Google Cloud differs in."""
        return DEPLOYING

    def administering(self) -> Administering:
        """Return who may deploy to Google Cloud."""
        from portable_gcp.deploy.deployer.administering import ADMINISTERING

        return ADMINISTERING

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per target, in which functions-framework makes its application, as at a start."""
        source = "portable_main.py" if (bundle / "portable_main.py").exists() else "main.py"
        script = f"try:\n import functions_framework\nexcept ImportError:\n {MISSING}\n{LOAD}"
        targets = [name.removeprefix("entry_") for name in entries_in(bundle)]
        return [[python, "-c", script, target, source] for target in targets]

    def testing(self) -> TestKit:
        """Return what the test kit needs to run Cloud Run."""
        from portable_gcp.testing import artifact, host, recording

        return TestKit(host.RunHost, recording.plain, artifact.ArtifactHost)

    def remote(self) -> Callable[[Running], Remote]:
        """Return what talks to a stage on Google Cloud."""
        from portable_gcp.deploy.remote.stage import GcpRemote

        return GcpRemote


def details(function: FunctionModel, source: str) -> dict[str, Any]:
    """Return what the infrastructure needs: the source file, the site, and for a bucket the type of its notification.

    Bucket events come as Cloud Storage's notification through Pub/Sub, not through Eventarc: only Pub/Sub counts attempts,
    has dead letters and distinguishes a deleted object from an overwritten one.
    """
    found: dict[str, Any] = {"source": source} | ({TRACES: True} if function.traced else {}) | site_details(function)
    trigger = function.trigger
    if trigger["kind"] == "object":
        found["notification"] = {
            "event_type": "OBJECT_FINALIZE" if trigger["event"] == "created" else "OBJECT_DELETE",
            "object_name_prefix": trigger["prefix"],
            "payload_format": "JSON_API_V1",
        }
    return found


target: Target = GcpTarget()
