"""Every wire: an app and a target in, a road on which each event is encoded as that cloud sends it, decoded, dispatched and
encoded by the adapter, from the entry modules that the target generates.

An adapter offers `portable_<target>.testing.host.host`, a `MakeHost`. Of a generated module only this is changed: its drivers
are the in-memory cloud's, its event loop is the kit's, its logging is left alone, and its calls are observed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from portable.base.drivers import missing_extra
from portable.errors import PortableError
from portable.eventing.driver import Received
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.feeds import Feed
from portable.testing.generated import Changed
from portable.testing.records import Call
from portable.testing.roads import DirectRoad, Road
from portable.testing.stage import Stage
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable.tooling.target import Options
from portable.tooling.targets import load_target, target_names

Namespace = dict[str, Any]


class WireError(PortableError):
    """An adapter failed although the handler did not: its encoding, decoding or dispatch is at fault."""


class Host(Protocol):
    """A provider's host in this process, over the generated modules of one app."""

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the entry that its path leads to; `function` is None for a path no function has."""
        ...

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver (id, event, attempt) and return the ids that failed; raise what makes the host deliver all again.

        Events are Message[bytes] of queues and topics, StoredObject of buckets, Tick of schedules.
        """
        ...

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call the entry of a function with an event as it was recorded; return the response of an HTTP function."""
        ...


class MakeHost(Protocol):
    """What `portable_<target>.testing.host.host` is."""

    def __call__(
        self,
        plan: Plan,
        load: Callable[[str], Namespace],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        remaining: Callable[[], float],
    ) -> Host:
        """Return the host of a plan.

        `load(path)` gives the names of a generated module, `run` runs a coroutine, `remaining` tells the seconds that
        the call that begins now has.
        """
        ...


def chosen(names: str, artifacts: Path | None = None) -> list[str]:
    """Return the targets named in --wire; without any, those that have an artifact, or all. Raises ValueError."""
    known = [name for name in target_names() if has_wire(name)]
    packaged = [name for name in known if artifacts is None or (artifacts / name / "manifest.json").is_file()]
    wanted = [name.strip() for name in names.split(",") if name.strip()] or packaged
    if not wanted:
        raise ValueError(f"--artifact: {artifacts} holds no artifact; make one with `portable package`")
    for name in wanted:
        if name not in known:
            raise ValueError(f"--wire {name}: the targets with a wire are {', '.join(known)}")
    return wanted


def has_wire(name: str) -> bool:
    """Say whether the adapter of a target has a wire."""
    try:
        return find_spec(f"portable_{name}.testing.host") is not None
    except ModuleNotFoundError:
        return False


def road_of(stage: Stage, wire: str | None, artifacts: Path | None = None) -> Road:
    """Return the road of a target, opened at its first use; the direct road for None.

    With a folder of `artifacts` it leads into the host processes of `<artifacts>/<target>`.
    """
    name = f"{artifacts or ''}:{wire}" if wire else ""
    found = stage.roads.get(name)
    if found is None:
        if wire and artifacts is not None:
            from portable.testing.artifacts import ArtifactRoad

            found = ArtifactRoad(stage, wire, artifacts / wire)
        else:
            found = WireRoad(stage, wire) if wire else DirectRoad(stage)
        stage.roads[name] = found
    return found


class WireRoad:
    """The generated entries of a target, called as its host calls them."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self._stage = stage
        target = load_target(name)
        app = stage.app.model
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        pythons = target.platform.pythons
        options = Options(version if version in pythons else pythons[-1], "x86_64", {})
        gaps = [problem for problem in target.check(app, options) if problem.error]
        self._gaps = {f.name: p.message for f in app.functions for p in gaps if p.where == f.where}
        self._whole = next((p.message for p in gaps if p.where not in {f.where for f in app.functions}), None)
        able = replace(app, functions=tuple(f for f in app.functions if f.name not in self._gaps))
        self._plan = target.plan(able, options)
        self._modules: dict[str, Namespace] = {}
        self._timeout = 30.0
        self._host = self._open()

    def _open(self) -> Host:
        try:
            make: MakeHost = import_module(f"portable_{self.name}.testing.host").host
        except ModuleNotFoundError as error:
            raise missing_extra(self.name, error.name or self.name) from error
        return make(self._plan, self._load, self._stage.runner.run, lambda: self._timeout)

    def close(self) -> None:
        """Nothing was started."""

    def http(self, request: Request) -> Response:
        """Send a request in the target's form and read its reply."""
        name = self._stage.owner(request)
        function = self._stage.app.functions[name] if name else None
        self._refuse_gap(name)
        self._timeout = function.timeout if function else 30.0
        return self._host.http(request, function)

    def deliver(self, feed: Feed, deliveries: list[Received]) -> list[str]:
        """Deliver messages in the target's form; return the receipts of those that must come again."""
        function, observer = feed.function, self._stage.cloud._observer
        self._refuse_gap(function.name)
        self._timeout = function.timeout
        receipts = {d.message.id: d.receipt for d in deliveries}
        events = [(d.message.id, feed.decode(d.message), d.message.attempt) for d in deliveries]
        begun = len(observer.calls)
        try:
            failed = self._host.deliver(function, events)
        except Exception as error:  # noqa: BLE001 - the handler's or the adapter's own
            self._blame(function, observer.calls[begun:], error)
            return list(receipts.values())
        if failed:
            self._blame(function, observer.calls[begun:], None)
        return [receipts[found] for found in failed]

    def replay(self, name: str, event: Any) -> Response | None:
        """Call a function with a recorded event; what its handler raises is in `cloud.failures`. Raises WireError."""
        function, observer = self._stage.app.functions[name], self._stage.cloud._observer
        self._refuse_gap(name)
        self._timeout = function.timeout
        begun = len(observer.calls)
        try:
            return self._host.replay(function, event)
        except Exception as error:  # noqa: BLE001 - the handler's or the adapter's own
            self._blame(function, observer.calls[begun:], error)
            return None

    def _blame(self, function: FunctionModel, calls: list[Call], error: Exception | None) -> None:
        """Raise WireError unless a handler failed."""
        if not any(call.error is not None for call in calls):
            what = f": {type(error).__name__}: {error}" if error else ""
            raise WireError(f"{self.name} did not take an event for {function.name}{what}") from error

    def _refuse_gap(self, name: str | None) -> None:
        gap = self._whole or (self._gaps.get(name) if name else None)
        if gap is not None:
            import pytest

            pytest.skip(f"{self.name} cannot do this: {gap}")

    def _load(self, path: str) -> Namespace:
        found = self._modules.get(path)
        if found is None:
            tree = Changed(self._stage.app.model.functions, set(self._plan.files)).module(
                ast.parse(self._plan.files[path], path)
            )
            found = self._modules[path] = {"__name__": path.removesuffix(".py"), "__file__": path, "__kit__": self}
            exec(compile(tree, path, "exec"), found)  # noqa: S102 - the source is our own
        return found

    @property
    def drivers(self) -> Any:
        """The drivers of generated modules."""
        return self._stage.drivers

    @property
    def run(self) -> Callable[[Coroutine[Any, Any, Any]], Any]:
        """The runner of coroutines of generated modules."""
        return self._stage.runner.run

    def observed(self, name: str, call: Any) -> Any:
        """Return the generated call of a function under observation."""
        return self._stage.observed(name, call)

    def late(self, path: str, name: str) -> Callable[[Any, Any], Any]:
        """Return a call of another generated module, which is loaded when it is first called."""
        return lambda event, context: self._load(path)[name](event, context)
