"""The target of this machine: plans an app's functions as plain modules, over files and SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from portable.tooling.app.kinds.registry import TRIGGERS, title
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.call_source import CallSource, call_name, call_source, module_name
from portable.tooling.entry.handlers import consumer_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entries_in, entry_parts
from portable.tooling.entry.routes import Late, paths
from portable.tooling.facts import Facts, read_facts
from portable.tooling.plan import Plan, PlannedFunction
from portable.tooling.problems import unlimited
from portable.tooling.target import LocalResources, Options, Platform, Problem, Target, TestKit, read_platform
from portable_local.deploy.resources import FilesAndSqlite

HOST = HostLines("portable_local.runtime", ("portable_local.runtime.logs", "SHAPE"), "shared")
SERVICE = "entry_httpService.py"
"""The module of all HTTP functions. The capital keeps it apart: identifiers of functions have none."""
LOAD = (
    "import sys, importlib; sys.path.insert(0, '.'); "
    "m = importlib.import_module(sys.argv[1]); assert callable(m.handler); print(sys.argv[1] + '.handler loads')"
)


class LocalTarget(Target):
    """This machine: one module per function, with `handler(event, context)`, which `portable invoke` calls.

    The module of a function with messages also has `consumer`, for whatever brings them. The module of a function with
    records also has `records`, which takes records and returns those to be delivered again. One more module serves all HTTP functions.
    """

    name = "local"
    title = "this machine"
    package = "portable_local"
    streams = True
    triggers = frozenset(TRIGGERS)
    """All: `portable invoke` calls a handler with any event."""
    facts: Facts = read_facts(Path(__file__).parent)

    @cached_property
    def platform(self) -> Platform:
        """The Pythons and C libraries of this machine."""
        return read_platform(Path(__file__).with_name("platform.toml"))

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return the one gap of this machine: it limits no calls. It supports everything else that can be declared."""
        return unlimited(app, self.title)

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return the plan of a folder with one module per function."""
        return Plan(
            target=self.name,
            app=app,
            python=options.python,
            architecture=options.architecture,
            entries={f"{module_name(function)}.py": entry(function) for function in app.functions}
            | ({SERVICE: service(app)} if app.http() else {}),
            functions=tuple(
                PlannedFunction(function.name, f"{module_name(function)}.handler") for function in app.functions
            ),
        )

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return one command per module, which imports it and finds its handler."""
        return [[python, "-c", LOAD, name] for name in entries_in(bundle)]

    def testing(self) -> TestKit:
        """Return what the test kit needs to run this target."""
        from portable_local.testing import host

        return TestKit(host.LocalHost, host.plain)

    def local(self) -> LocalResources:
        """Return the files and databases under `.portable/local`."""
        return FilesAndSqlite()


def entry(function: FunctionModel) -> EntryParts:
    """Return a function's module, whose `handler` takes a portable event and a context."""
    names = Names()
    call = call_source(function, names)
    heading = f"{function.name}: {title(function.trigger)}."
    if function.trigger["kind"] == "http":
        made = f"handler = {names.imported('portable_local.runtime.entry', 'http')}(_table)"
        return entry_parts(heading, HOST, names, (call,), (made,), paths((function,)), {function.name: call.name})
    lines = _LINES.get(function.trigger["kind"], _event)(function, call, names)
    return entry_parts(heading, HOST, names, (call,), tuple(lines))


def _event(function: FunctionModel, call: CallSource, names: Names) -> list[str]:
    event = TRIGGERS[function.trigger["kind"]].events[0]
    expected = names.imported(event.__module__, event.__name__)
    return [f"handler = {names.imported('portable_local.runtime.entry', 'event')}({call.name}, {expected})"]


def _messages(function: FunctionModel, call: CallSource, names: Names) -> list[str]:
    return [*_event(function, call, names), f"consumer = {consumer_source(function, call, names)}"]


def _records(function: FunctionModel, call: CallSource, names: Names) -> list[str]:
    runtime = "portable_local.runtime.records"
    consumer = consumer_source(function, call, names)
    if not takes_batch(function):
        return [*_event(function, call, names), f"records = {names.imported(runtime, 'records')}({consumer})"]
    return [
        f"handler = {names.imported(runtime, 'batch')}({call.name})",
        f"records = {names.imported(runtime, 'records')}({consumer}, True)",
    ]


_LINES: Mapping[str, Callable[[FunctionModel, CallSource, Names], list[str]]] = {
    "queue": _messages,
    "topic": _messages,
    "stream": _records,
}
"""The lines of a function's module, by kind of trigger: `handler`, and what a worker needs to bring its events."""


def service(app: AppModel) -> EntryParts:
    """Return the module of all HTTP functions. It imports each function at its first request."""
    names = Names()
    made = f"handler = {names.imported('portable_local.runtime.entry', 'http')}(_table)"
    targets: dict[str, str | Late] = {f.name: Late(module_name(f), call_name(f)) for f in app.http()}
    return entry_parts("Every HTTP function.", HOST, names, (), (made,), paths(app.http()), targets)


target: Target = LocalTarget()
