"""The IronWorker target: checks an app and plans the folder from which its image is built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from portable.tooling.app.model import AppModel
from portable.tooling.entry.call_source import module_name
from portable.tooling.entry.parts import entries_in
from portable.tooling.facts import Facts
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.problems import unlimited
from portable.tooling.target import OBSTORE, Options, Platform, Problem, Target, TestKit, read_platform
from portable_ironworker.deploy.facts import FACTS
from portable_ironworker.deploy.gaps import problems
from portable_ironworker.deploy.workers import DOCKERFILE, MAIN, entry_module, worker

HERE = Path(__file__).parent
LOAD = (
    "import sys; from importlib import import_module; sys.path.insert(0, ''); import worker; "
    "assert callable(import_module(sys.argv[1]).handle); print('worker.py loads ' + sys.argv[1])"
)


class IronWorkerTarget(Target):
    """IronWorker: one image for an app, one code package for each function. A task is a process of its own."""

    name = "ironworker"
    title = "IronWorker"
    package = "portable_ironworker"
    platform: Platform = read_platform(HERE / "platform.toml")
    triggers = frozenset(("http", "schedule", "queue"))
    requirements: Mapping[str, tuple[str, ...]] = {"bucket": (OBSTORE,)}
    facts: Facts = FACTS

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what IronWorker cannot do for the app."""
        return [*problems(app), *unlimited(app, self.title)]

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of the folder: one module per function, the Dockerfile and the script that registers the image."""
        workers = [worker(app, function) for function in app.functions]
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={f"{module_name(function)}.py": entry_module(function) for function in app.functions},
            files={
                "Dockerfile": DOCKERFILE.format(python=options.python),
                ".dockerignore": "iron.json\nregister.py\nworkers.json\n",  # these are for register.py, and iron.json holds the token
                "worker.py": MAIN,
                "workers.json": json.dumps(workers, indent=2, ensure_ascii=False) + "\n",
                "register.py": (HERE / "register.py").read_text(encoding="utf-8"),
            },
            functions=tuple(
                PlannedFunction(function.name, module_name(function), {"worker": code["name"]})
                for function, code in zip(app.functions, workers, strict=True)
            ),
            notes=("in bundle/: build the Dockerfile, push the image, then run `python register.py <image>`",),
        )

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per worker, which loads its module as worker.py does."""
        return [[python, "-c", LOAD, name] for name in entries_in(bundle)]

    def testing(self) -> TestKit:
        """Return what the test kit needs to run IronWorker."""
        from portable_ironworker.testing import artifact, host, tasks

        return TestKit(host.IronHost, tasks.plain, artifact.ArtifactHost)


target: Target = IronWorkerTarget()
