"""The target: HTTP only."""

from __future__ import annotations

from pathlib import Path

from portable.tooling.app.model import AppModel
from portable.tooling.entry.call_source import call_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entry_parts
from portable.tooling.entry.routes import paths
from portable.tooling.facts import read_facts
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.target import Options, Platform, Problem, Target, TestKit

HOST = HostLines(
    drivers="portable_stranger.runtime", logs=("portable.base.log_lines", "Shape"), runner="shared", logs_called=True
)


class StrangerTarget(Target):
    """Requests as lines of JSON."""

    name = "stranger"
    title = "A stranger's platform"
    package = "portable_stranger"
    platform = Platform(
        {"3.11": "glibc 2.28", "3.12": "glibc 2.28", "3.13": "glibc 2.28"}, ("x86_64",), "its own documentation"
    )
    keys = frozenset(("colour",))
    triggers = frozenset(("http",))
    facts = read_facts(Path(__file__).parent)

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return nothing: it can do whatever a function of HTTP declares."""
        return []

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return one module for all."""
        found = tuple(PlannedFunction(function.name, "main") for function in app.functions)
        return Plan(self.name, app, options.python, options.architecture, {"main.py": _entry(app)}, found)

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Load the one module."""
        script = "import sys; sys.path.insert(0, ''); import main; print('main loads')"
        return [[python, "-c", script]]

    def testing(self) -> TestKit:
        """Return the platform in this process, and in one of its own."""
        from portable_stranger.testing.host import ArtifactHost, StrangerHost, plain

        return TestKit(lambda plan, load, run, remaining: StrangerHost(plan, load), plain, ArtifactHost)


def _entry(app: AppModel) -> EntryParts:
    names = Names(("handle",))
    calls = {function.name: call_source(function, names) for function in app.functions}
    handler = names.imported("portable_stranger.runtime.http", "handler")
    serve = names.imported("portable_stranger.runtime.http", "serve")
    timeout = max(function.timeout for function in app.functions)
    made = (f"handle = {handler}(_table, {timeout})", 'if __name__ == "__main__":', f"    {serve}(handle)")
    targets = {name: call.name for name, call in calls.items()}
    return entry_parts("All functions.", HOST, names, tuple(calls.values()), made, paths(app.http()), targets)


target = StrangerTarget()
