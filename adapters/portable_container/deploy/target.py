"""The target of your own machines: checks an app and plans the build context of its image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import structs

from portable.tooling.app.model import AppModel
from portable.tooling.elsewhere import KEY as DRIVERS
from portable.tooling.elsewhere import wants
from portable.tooling.entry.parts import entries_in
from portable.tooling.facts import Facts
from portable.tooling.infra.blueprint import Blueprint, deployed, reached_here
from portable.tooling.infra.deploying import ByName
from portable.tooling.infra.remote import Remote, Running
from portable.tooling.infra.stage import Stage
from portable.tooling.isolation import KEY, isolated_names
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.target import OBSTORE, Options, Platform, Problem, Target, TestKit, read_platform
from portable.tooling.targets import load_target
from portable_container.deploy.by_name import BY_NAME
from portable_container.deploy.context import BASE, BUILDER, SBOM, base_problems, context
from portable_container.deploy.entries import HTTP, START, entries, identity_of, module_of, start_entry
from portable_container.deploy.facts import FACTS
from portable_container.deploy.gaps import problems
from portable_container.deploy.image import image_of
from portable_container.deploy.manifests import Manifests, infrastructure
from portable_container.deploy.remote.places import RUNS, unfit_runs
from portable_container.runtime.image import Image

NATS = "nats-py>=2.9"
POSTGRES = "psycopg[binary,pool]>=3.3.9"
ZONES = "tzdata>=2024.1"
"""The time zones, which slim images do not have."""
REQUIREMENTS = {
    "": ("uvicorn>=0.35",),
    "bucket": (OBSTORE,),
    "table": (POSTGRES,),
    "queue": (NATS,),
    "topic": (NATS,),
    "stream": (NATS,),
}
LOAD = (
    "import sys; from importlib import import_module; sys.path.insert(0, '.'); "
    "module = import_module(sys.argv[1]); getattr(module, sys.argv[2]); print(sys.argv[1] + '.' + sys.argv[2] + ' loads')"
)


class ContainerTarget(Target):
    """An image for your own machines, whose roles serve HTTP, take events and fire schedules."""

    name = "container"
    title = "a container"
    package = "portable_container"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset((KEY, DRIVERS, BASE, BUILDER, RUNS))
    triggers = frozenset(("http", "schedule", "queue", "topic", "object", "stream"))
    requirements: Mapping[str, tuple[str, ...]] = REQUIREMENTS
    streams = True
    by_hand = (
        "portable infra --target container writes compose.yaml for Docker or Podman, and kubernetes/ for kubectl apply, "
        "into dist/container/infra; a secret is a file that you put there"
    )
    facts: Facts = FACTS

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what the engines of a container cannot do for the app."""
        return [
            *problems(app, isolated_names(app, options.table)),
            *base_problems(options.table),
            *unfit_runs(options.table),
        ]

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the build context: the generated modules, the start of the image and its Dockerfile."""
        isolated = isolated_names(app, options.table)
        told = {RUNS: options.table[RUNS]} if RUNS in options.table else {}
        bare = Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries=entries(app),
            functions=tuple(
                PlannedFunction(function.name, module_of(function), told, identity_of(function, isolated))
                for function in app.functions
            ),
            files=context(app.name, app.version, options.python, options.table),
            dependencies=None,
            sbom=SBOM,
        )
        here = [reached_here(function, options.elsewhere) for function in deployed(bare)]
        resources = [resource for resource in app.resources if resource.kind not in options.elsewhere]
        image = image_of(app.name, here, resources, wants(app, options.elsewhere))
        return structs.replace(
            bare,
            entries={**bare.entries, f"{START}.py": start_entry(image)},
            requirements=roles_need(image),
        )

    def infra(self, blueprint: Blueprint, stage: Stage) -> Manifests:
        """Return the files that run the image: for one machine, for Kubernetes and for Knative."""
        keys = {name: keys_of(targets) for name, targets in blueprint.abroad().items()}
        return infrastructure(blueprint.here(), stage, keys)

    def named(self) -> ByName:
        """Return where the data of a stage is."""
        return BY_NAME

    def remote(self) -> Callable[[Running], Remote]:
        """Return what talks to a stage on your own machines."""
        from portable_container.deploy.remote.stage import ContainerRemote

        return ContainerRemote

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return a command for each generated module, which loads it as the image does, and one for the start."""
        found = {name: "application" if name == HTTP else "handler" for name in entries_in(bundle)}
        return [[python, "-c", LOAD, name, made] for name, made in {**found, START: "IMAGE"}.items()]

    def testing(self) -> TestKit:
        """Return the roles for the test kit: in the test's process, and a packaged app started as its image starts it."""
        from portable_container.testing.artifact import ArtifactHost
        from portable_container.testing.host import RolesHost
        from portable_container.testing.recording import plain

        return TestKit(RolesHost, plain, ArtifactHost)


def keys_of(targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the variables by which the SDKs of other targets sign in."""
    found = (load_target(name).reach for name in targets)
    return tuple(key for reach in found if reach is not None for key in reach.keys)


def roles_need(image: Image) -> tuple[str, ...]:
    """Return the distributions that the roles of an image need, whatever its clients need."""
    zoned = any(function.timezone != "UTC" for function in image.functions)
    wanted = {NATS: image.needs_nats, POSTGRES: image.needs_postgres, ZONES: zoned}
    return tuple(name for name, needed in wanted.items() if needed)


target: Target = ContainerTarget()
