"""The wires: takes an app and a target; returns a transport that encodes each event as that cloud sends it. The target's
generated modules and its adapter then decode it, call the handler and encode the reply.

A target offers its host as `Target.testing().host`. Its generated modules are assembled for this process: they use the
drivers of the in-memory cloud and the kit's event loop, do not set up logging, and their calls are observed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portable.errors import ConfigurationError, PortableError, Timeout, UnsupportedError
from portable.eventing.driver import Received
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.session.session import Session
from portable.testing.world.pending import PendingEvents
from portable.testing.world.records import Call
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.parts import assemble
from portable.tooling.problems import problems
from portable.tooling.target import Options, TestHost, TestKit
from portable.tooling.targets import installable, load_target

Namespace = dict[str, Any]


class WireError(PortableError):
    """An adapter failed although the handler did not: its encoding, decoding or dispatch is wrong."""


def kit_of(name: str) -> TestKit | None:
    """Return what a target gives to the kit. Raises ConfigurationError when packages of the provider are missing."""
    try:
        return load_target(name).testing()
    except ModuleNotFoundError as error:
        text = f"the test kit of the target {name} needs {error.name}, which is not installed"
        raise ConfigurationError(f'{text}. Run: pip install "{installable(name)}"') from error


class WireTransport:
    """The generated entries of a target, called as its `host` calls them."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self._session = session
        target = load_target(name)
        app = session.app.model
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        pythons = target.platform.pythons
        options = Options(version if version in pythons else pythons[-1], "x86_64", {})
        gaps = [problem for problem in problems(app, target, options) if problem.error]
        self._gaps = {f.name: p.text() for f in app.functions for p in gaps if p.where == f.where}
        self._whole = next((p.text() for p in gaps if p.where not in {f.where for f in app.functions}), None)
        able = replace(app, functions=tuple(f for f in app.functions if f.name not in self._gaps))
        self._plan = target.plan(able, options)
        self._modules: dict[str, Namespace] = {}
        self._timeout = 30.0
        self.host: TestHost = self._open()

    def _open(self) -> TestHost:
        kit = kit_of(self.name)
        if kit is None:
            raise UnsupportedError(f"the target {self.name} has no test kit: leave it out of --wire")
        return kit.host(self._plan, self._load, self._session.runner.run, lambda: self._timeout)

    def close(self) -> None:
        """Nothing was started."""

    def http(self, request: Request) -> Response:
        """Send a request in the target's form and read its reply."""
        name = self._session.owner(request)
        function = self._session.app.functions[name] if name else None
        self._refuse_gap(name)
        self._timeout = function.timeout if function else 30.0
        return self.host.http(request, function)

    def deliver(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver messages in the target's form. Return the receipts of those to deliver again."""
        function, observer = pending.function, self._session.world.observer
        self._refuse_gap(function.name)
        self._timeout = function.timeout
        receipts = {d.message.id: d.receipt for d in deliveries}
        events = [(d.message.id, pending.decode(d.message), d.message.attempt) for d in deliveries]
        begun = len(observer.calls)
        try:
            failed = self.host.deliver(function, events)
        except Exception as error:  # noqa: BLE001 - the handler's or the adapter's own
            self._blame(function, observer.calls[begun:], error)
            return list(receipts.values())
        if failed:
            self._blame(function, observer.calls[begun:], None)
        return [receipts[found] for found in failed]

    def replay(self, name: str, event: Any) -> Response | None:
        """Call a function with a recorded event; what its handler raises is in `cloud.failures`. Raises WireError."""
        function, observer = self._session.app.functions[name], self._session.world.observer
        self._refuse_gap(name)
        self._timeout = function.timeout
        begun = len(observer.calls)
        try:
            return self.host.replay(function, event)
        except Exception as error:  # noqa: BLE001 - the handler's or the adapter's own
            self._blame(function, observer.calls[begun:], error)
            return None

    def _blame(self, function: FunctionModel, calls: list[Call], error: Exception | None) -> None:
        """Raise WireError unless a handler failed: by an error, or by returning which events of its batch failed.

        Where the time of the call was up the handler may not have run at all: another delivery still held what it needs.
        """
        if not isinstance(error, Timeout) and not any(
            call.error is not None or isinstance(call.event, list) for call in calls
        ):
            what = f": {type(error).__name__}: {error}" if error else ""
            raise WireError(f"{self.name} did not accept an event for {function.name}{what}") from error

    def _refuse_gap(self, name: str | None) -> None:
        gap = self._whole or (self._gaps.get(name) if name else None)
        if gap is not None:
            import pytest

            pytest.skip(f"{self.name} cannot do this: {gap}")

    def _load(self, path: str) -> Namespace:
        found = self._modules.get(path)
        if found is None:
            session = self._session
            found = self._modules[path] = {
                "__name__": path.removesuffix(".py"),
                "__file__": path,
                "_drivers": session.drivers,
                "_run": session.runner.run,
                "_observed": session.observed,
                "_late": self._late,
            }
            source = assemble(self._plan.entries[path], here=True)
            exec(compile(source, path, "exec"), found)  # noqa: S102 - the source is our own
        return found

    def _late(self, module: str, name: str) -> Callable[[Any, Any], Any]:
        """Return a call of another generated module, which is loaded when it is first called."""
        return lambda event, context: self._load(f"{module}.py")[name](event, context)
