"""The OpenFaaS target: checks an app and plans its folder for the template python3-http."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from portable.tooling.app.model import AppModel
from portable.tooling.entry.parts import entries_in
from portable.tooling.facts import Facts
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.problems import unlimited
from portable.tooling.target import OBSTORE, Options, Platform, Problem, Target, TestKit, read_platform
from portable_openfaas.deploy.entries import HANDLER, entries, entry_module
from portable_openfaas.deploy.facts import FACTS
from portable_openfaas.deploy.gaps import problems
from portable_openfaas.deploy.stack import stack_source

LOAD = (
    "import os, sys; os.environ['PORTABLE_ENTRY'] = sys.argv[1]; sys.path.insert(0, os.getcwd()); "
    "import handler; assert callable(handler.handle); print('handler.py loads ' + sys.argv[1])"
)


class OpenFaasTarget(Target):
    """OpenFaaS: one function for all HTTP functions of an app, one for each event function, all from one folder."""

    name = "openfaas"
    title = "OpenFaaS"
    package = "portable_openfaas"
    streams = True
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    triggers = frozenset(("http", "schedule", "queue", "topic"))
    requirements: Mapping[str, tuple[str, ...]] = {"": ("flask>=3.0",), "bucket": (OBSTORE,)}
    facts: Facts = FACTS

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what OpenFaaS cannot do for the app."""
        return [*problems(app), *unlimited(app, self.title)]

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the folder: stack.yaml, handler.py and one module per OpenFaaS function."""
        found = entries(app)
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={f"{entry.module}.py": entry_module(entry) for entry in found},
            files={"handler.py": HANDLER, "stack.yaml": stack_source(app, options.python)},
            functions=tuple(
                PlannedFunction(one.name, entry.module, {"function": entry.name}, identity=entry.name)
                for entry in found
                for one in entry.functions
            ),
            dependencies=None,
        )

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per OpenFaaS function, which imports handler.py as the template does."""
        modules = [*entries_in(bundle), *(path.stem for path in bundle.glob("http_entry.py"))]
        return [[python, "-c", LOAD, module] for module in modules]

    def testing(self) -> TestKit:
        """Return what the test kit needs to run OpenFaaS."""
        from portable_openfaas.testing import artifact, host, recording

        return TestKit(host.FaasHost, recording.plain, artifact.ArtifactHost)


target: Target = OpenFaasTarget()
