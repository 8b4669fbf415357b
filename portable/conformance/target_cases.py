"""The app of the target suite, the abilities that a target may lack, and the target under test.

The app's resources are those of the test kit, so that the same code checks retries, attempts and dead letters on every
target. Events and requests are converted to the target's own form.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pytest

from portable.conformance.guard import Unweakened
from portable.testing.app import App, load_modules
from portable.testing.cloud import Cloud
from portable.testing.session.session import Session
from portable.tooling.pipeline import package
from portable.tooling.target import ArtifactHost, Options, Problem, TestHost
from portable.tooling.targets import load_target

T = TypeVar("T", bound=Callable[..., Any])

WAYS = ("wire", "artifact")
"""How the app runs: its generated entries in the test's process, or its package in the target's own host process."""
APP = Path(__file__).parent / "target_app"
NAME = "target-suite"
KINDS = {
    "http": ("target_http", "target_replies"),
    "queue": ("target_queues",),
    "topic": ("target_topics",),
    "stream": ("target_streams",),
    "object": ("target_objects",),
    "schedule": ("target_schedules",),
}
"""The kinds of triggers, and the modules of the app whose functions have them."""
ABILITIES = {
    "http": "requests, and replies to them",
    "queue": "messages of a queue",
    "topic": "messages of a topic",
    "stream": "records of a stream",
    "object": "objects that are created and deleted",
    "schedule": "functions that run at a time",
    "artifact": "a host process of the package, which the test kit can start",
    "head and options": "HEAD and OPTIONS reach the app",
    "any method": "a non-standard method reaches the app",
    "trace": "TRACE reaches the app",
    "first slashes": "a path that begins with // stays as it is",
    "encoded slash": "%2F stays in its segment",
    "encoded question mark": "%3F stays in its path",
    "encoded escape": "%252F is the text %2F and is not decoded twice",
    "attempt count": "the count of a message's deliveries",
    "foreign events": "an event of another kind is refused before the handler",
    "filtered again": "events that the trigger does not ask for are dropped if the provider delivers them",
    "object attempts": "an object's event that failed is retried until its attempts are used up, then it is a dead letter",
}
"""The abilities that a target may lack. `lacks` of the harness gives the reason."""


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

    `artifacts` is the folder of the package, None on the wire.
    """

    name: str
    lacks: Mapping[str, str]
    artifacts: Path | None
    app: App
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
        found: TestHost = self.cloud._transport._host  # type: ignore[attr-defined]  # the transport to a target has one
        return found

    def problems(self) -> list[Problem]:
        """Return the target's problems with the whole app, including what the harness says that it lacks."""
        target = load_target(self.name)
        return target.check(load(tuple(KINDS)).model, Options(target.platform.pythons[-1], "x86_64", {}))

    def deliver_as(self, name: str, other: str, event: Any) -> None:
        """Deliver an event to a function in the form of another function's events. Raises the refusal."""
        functions = self.app.functions
        failed = self.host.deliver(replace(functions[name], trigger=functions[other].trigger), [("x", event, 1)])
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


def load(kinds: tuple[str, ...]) -> App:
    """Return the app's functions of some kinds, loaded in this process."""
    if str(APP) not in sys.path:
        sys.path.append(str(APP))
    found = load_modules([import_module(name) for kind in kinds for name in KINDS[kind]])
    return replace(found, model=replace(found.model, name=NAME))


@contextmanager
def opened(
    name: str,
    way: str,
    folder: Path,
    lacks: Mapping[str, str] | None = None,
    settings: str = "",
    project: Path | None = None,
) -> Iterator[World]:
    """Open the world of a target, by its name and the way in which its app runs. The package goes to the empty `folder`.

    `settings` are lines of the app's pyproject.toml. `project` is a folder that is kept, so that the next packaging is
    fast. Raises ValueError for an unknown ability.
    """
    lacks = lacks or {}
    for ability, reason in lacks.items():
        if ability not in ABILITIES:
            raise ValueError(f"{ability!r} is not an ability: a target may lack {', '.join(ABILITIES)}")
        if len(reason.split()) < 3:
            raise ValueError(
                f"{ability}: {reason!r} is not a reason: write what the target does and why it lacks the ability"
            )
    kinds = tuple(kind for kind in KINDS if kind not in lacks)
    app = load(kinds)
    artifacts = _packaged(name, kinds, folder, settings, project or folder / "app") if way == "artifact" else None
    world = World(name, lacks, artifacts, app)
    try:
        yield world
    finally:
        world.session.close()


def _packaged(name: str, kinds: tuple[str, ...], folder: Path, settings: str, project: Path) -> Path:
    project.mkdir(parents=True, exist_ok=True)
    modules = [module for kind in kinds for module in KINDS[kind]]
    for module in modules:
        shutil.copyfile(APP / f"{module}.py", project / f"{module}.py")
    text = f'[tool.portable]\nname = "{NAME}"\nmodules = {modules!r}\n\n{settings}\n'
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    package(project, name, folder / "out", lambda step: None)
    return folder / "out"


class TargetTests(Unweakened):
    """The base of every part of the suite: it opens the world, and checks that the target lacks what it says."""

    kind: str | None = None

    @pytest.fixture(autouse=True)
    def _in_the_world(self, request: pytest.FixtureRequest, world: World) -> Iterator[None]:
        """Skip the tests of missing kinds of triggers. A test that needs another missing ability must fail."""
        kind = _kind_of(type(self), request.function.__name__)
        if kind is not None and kind in world.lacks:
            pytest.skip(f"{kind}: {world.lacks[kind]}")
        for ability in getattr(request.function, "__needs__", ()):
            if ability in world.lacks:
                mark = pytest.mark.xfail(reason=f"{ability}: {world.lacks[ability]}", strict=True)
                request.node.add_marker(mark)
        with world.for_a_test():
            yield


def _kind_of(harness: type, test: str) -> str | None:
    """Return the kind of trigger of the part of the suite that holds a test."""
    parts = (cls for cls in harness.__mro__ if test in vars(cls) and "kind" in vars(cls))
    return next((part.kind for part in parts), None)  # type: ignore[attr-defined]
