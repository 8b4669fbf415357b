"""The target of this machine: an app's functions as plain modules, over files and SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from portable.tooling.app.kinds.registry import title
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.call_source import call_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entry_parts
from portable.tooling.entry.routes import paths
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.target import LocalResources, Options, Platform, Problem, Target, read_platform
from portable_local.deploy.resources import FilesAndSqlite

HOST = HostLines("portable_local.runtime", ("portable_local.runtime.logs", "SHAPE"), "shared")
LOAD = (
    "import sys, importlib; sys.path.insert(0, '.'); "
    "m = importlib.import_module(sys.argv[1]); assert callable(m.handler); print(sys.argv[1] + '.handler loads')"
)


class LocalTarget:
    """This machine: `portable invoke` runs these entries, each a module with `handler(event, context)`."""

    name = "local"
    title = "this machine"
    package = "portable_local"
    platform: Platform = read_platform(Path(__file__).with_name("platform.toml"))
    keys: frozenset[str] = frozenset()
    requirements: Mapping[str, tuple[str, ...]] = {}

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return nothing: this machine can do whatever can be declared."""
        return []

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of a folder with a module for each function."""
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={f"{module_name(function)}.py": entry(function) for function in app.functions},
            functions=tuple(
                PlannedFunction(function.name, f"{module_name(function)}.handler") for function in app.functions
            ),
        )

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per module: import it and name its handler."""
        return [[python, "-c", LOAD, path.stem] for path in sorted(bundle.glob("entry_*.py"))]

    def testing(self) -> None:
        """The kit calls handlers on this machine without any wire."""

    def local(self) -> LocalResources:
        """Return the files and databases under `.portable/local`."""
        return FilesAndSqlite()


def module_name(function: FunctionModel) -> str:
    """Return the name of a function's module in the bundle."""
    return f"entry_{function.identifier}"


def entry(function: FunctionModel) -> EntryParts:
    """Return a function's module, whose `handler` takes a portable event and a context."""
    names = Names()
    call = call_source(function, names)
    heading = f"{function.name}: {title(function.trigger)}."
    if function.trigger["kind"] == "http":
        made = f"handler = {names.imported('portable_local.runtime.entry', 'http')}(_table)"
        return entry_parts(heading, HOST, names, (call,), (made,), paths((function,)), {function.name: call.name})
    made = f"handler = {names.imported('portable_local.runtime.entry', 'event')}({call.name})"
    return entry_parts(heading, HOST, names, (call,), (made,))


target: Target = LocalTarget()
