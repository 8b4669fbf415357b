"""What the target suite works with: a part of the suite, and the target under test.

The app's resources are those of the test kit, so that the same code checks retries, attempts and dead letters on every
target. Events and requests are converted to the target's own form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from msgspec import structs

from portable.conformance.guard import Unweakened
from portable.testing.app import App
from portable.testing.cloud import Cloud
from portable.testing.session.session import Session
from portable.testing.wires import WireTransport
from portable.tooling.app.model import AppModel
from portable.tooling.problems import problems
from portable.tooling.target import ArtifactHost, Options, Problem, TestHost
from portable.tooling.targets import load_target

T = TypeVar("T", bound=Callable[..., Any])

WAYS = ("wire", "artifact")
"""How the app runs: its generated entries in the test's process, or its package in the target's own host process."""


def ways(lacks: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ways in which the app runs on a target: both, unless it lacks "artifact"."""
    return WAYS[:1] if "artifact" in lacks else WAYS


def needs(*abilities: str) -> Callable[[T], T]:
    """Mark a test that fails on a target which lacks one of these abilities."""

    def mark(test: T) -> T:
        test.__needs__ = abilities  # type: ignore[attr-defined]
        return test

    return mark


@dataclass
class World:
    """A target under test. `cloud` belongs to the running test. `lacks` maps an ability to the reason why it is missing.

    `artifacts` is the folder of the package, None on the wire. `app` has what the target does not lack, `whole` everything.
    """

    name: str
    lacks: Mapping[str, str]
    artifacts: Path | None
    app: App
    whole: AppModel
    session: Session = field(init=False)
    cloud: Cloud = field(init=False)
    _logged: str = ""

    def __post_init__(self) -> None:
        """Load the app and the target, which all tests share."""
        self.session = Session(self.app)

    @contextmanager
    def for_a_test(self) -> Iterator[None]:
        """Run one test in its own cloud."""
        self.cloud = Cloud(self.app, self.session, self.name, self.artifacts)
        if self.artifacts is not None:
            self._hosted().log()  # drops the log of earlier tests
        self._logged = ""
        try:
            yield
        finally:
            self.cloud.close()

    @property
    def host(self) -> TestHost:
        """The target's host: it takes portable events and gives them to the app in the target's form."""
        transport = self.cloud.inside.transport
        assert isinstance(transport, WireTransport)
        return transport.host

    def problems(self) -> list[Problem]:
        """Return the target's problems with the whole app, including what the harness says that it lacks."""
        target = load_target(self.name)
        return problems(self.whole, target, Options(target.platform.pythons[-1], "x86_64", {}))

    def deliver_as(self, name: str, other: str, event: Any) -> None:
        """Deliver an event to a function in the form of another function's events. Raises the refusal."""
        functions = self.app.functions
        failed = self.host.deliver(
            structs.replace(functions[name], trigger=functions[other].trigger), [("x", event, 1)]
        )
        if failed:
            raise RuntimeError(f"{name} did not accept the event")

    def log(self) -> str:
        """Return the log of this test: of the host process, or of the test's own process."""
        if self.artifacts is not None:
            self._logged += self._hosted().log()
            return self._logged
        logged = [line for call in self.cloud.calls for line in call.logs]
        return "\n".join([*logged, *(failure.traceback for failure in self.cloud.failures)])

    def _hosted(self) -> ArtifactHost:
        return self.host  # type: ignore[return-value]  # over a package it is one


class TargetTests(Unweakened):
    """The base of every part of the suite: it opens the world, and checks that the target lacks what it says."""

    kind: ClassVar[str | None] = None
    """The kind of trigger, or the ability, that this part of the suite is about; None when it is about no single one."""
    about: ClassVar[str] = ""
    """What a target has that has it, in words."""
    modules: ClassVar[str] = ""
    """The modules of the suite's app whose functions this part calls, with spaces between them."""
    folder: ClassVar[str] = ""
    """The folder of files beside these modules that the app needs."""
    within: ClassVar[str | None] = None
    """Another kind that a target must have for this one."""

    @pytest.fixture(autouse=True)
    def _in_the_world(self, request: pytest.FixtureRequest, world: World) -> Iterator[None]:
        """Skip what belongs to a kind that is lacking; a test that needs another lacking ability must fail."""
        part = _part_of(type(self), request.function.__name__)
        missing = None if part is None else lacking(part, world.lacks)
        if missing is not None:
            pytest.skip(f"{missing}: {world.lacks[missing]}")
        for ability in getattr(request.function, "__needs__", ()):
            if ability in world.lacks:
                mark = pytest.mark.xfail(reason=f"{ability}: {world.lacks[ability]}", strict=True)
                request.node.add_marker(mark)
        with world.for_a_test():
            yield


def lacking(part: type[TargetTests], lacks: Mapping[str, str]) -> str | None:
    """Return the ability for which a part of the suite is skipped, None when a target lacks nothing of it."""
    return next((kind for kind in (part.kind, part.within) if kind in lacks), None)


def _part_of(harness: type[TargetTests], test: str) -> type[TargetTests] | None:
    """Return the part of the suite that has a test."""
    return next((part for part in harness.__mro__ if test in vars(part) and "kind" in vars(part)), None)
