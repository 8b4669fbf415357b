"""What the target suite works with: its app, what a target may lack, and the target under test.

The app's resources are those of the test kit, so that retries, attempts and dead letters are judged by the same code on
every target. Events and requests take the target's own form on the way.
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
    "any method": "a method that is in no standard reaches the app",
    "trace": "TRACE reaches the app",
    "first slashes": "a path that begins with // stays as it is",
    "encoded slash": "%2F stays in its segment",
    "encoded question mark": "%3F stays in its path",
    "encoded escape": "%252F is the text %2F, and is not decoded once more",
    "attempt count": "the count of a message's deliveries",
    "foreign events": "an event of another kind is refused before the handler",
    "filtered again": "what the trigger does not ask for is held back, should the provider deliver it",
    "object attempts": "an object's event that failed comes again until its attempts are used up, then is a dead letter",
}
"""What a target may lack; `lacks` of the harness gives the reason."""


def ways(lacks: Mapping[str, str]) -> tuple[str, ...]:
    """Return how the app runs on a target: both ways, unless it lacks the artifact."""
    return WAYS[:1] if "artifact" in lacks else WAYS


def needs(*abilities: str) -> Callable[[T], T]:
    """Mark a test that fails on a target which lacks one of these abilities."""

    def mark(test: T) -> T:
        test.__needs__ = abilities  # type: ignore[attr-defined]
        return test

    return mark


@dataclass
class World:
    """A target under test. `cloud` is the running test's own; `lacks` maps an ability to the reason why it is missing.

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
        """Prepare what all tests share."""
        self.session = Session(self.app)

    @contextmanager
    def for_a_test(self) -> Iterator[None]:
        """Run one test in a cloud of its own."""
        self.cloud = Cloud(self.app, self.session, self.name, self.artifacts)
        if self.artifacts is not None:
            self._hosted().log()  # what earlier tests logged is not of this one
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
        """Return what the target says of the whole app, also of what the harness says that it lacks."""
        target = load_target(self.name)
        return target.check(load(tuple(KINDS)).model, Options(target.platform.pythons[-1], "x86_64", {}))

    def deliver_as(self, name: str, other: str, event: Any) -> None:
        """Deliver to one function an event in the form of another's. Raises whatever refuses it."""
        functions = self.app.functions
        failed = self.host.deliver(replace(functions[name], trigger=functions[other].trigger), [("x", event, 1)])
        if failed:
            raise RuntimeError(f"{name} did not take it")

    def log(self) -> str:
        """Return what was logged in this test: by the host process, or in the test's own."""
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
    """Give the world of a target, by its name and the way its app runs; `folder` is empty and holds the package.

    `settings` are lines of the app's pyproject.toml. `project` is a folder that is kept, so that packaging is fast the
    second time. Raises ValueError for an ability that is none.
    """
    lacks = lacks or {}
    for ability, reason in lacks.items():
        if ability not in ABILITIES:
            raise ValueError(f"{ability!r} is no ability: a target may lack {', '.join(ABILITIES)}")
        if len(reason.split()) < 3:
            raise ValueError(f"{ability}: {reason!r} is no reason: say what the target does and why it cannot")
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
    """What every part of the suite does before a test: it opens the world, and holds the target to what it lacks."""

    kind: str | None = None

    @pytest.fixture(autouse=True)
    def _in_the_world(self, request: pytest.FixtureRequest, world: World) -> Iterator[None]:
        """Skip what belongs to a kind that is lacking; a test that needs another lacking ability must fail."""
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
    """Return the kind of trigger that the part of the suite is about which holds a test."""
    parts = (cls for cls in harness.__mro__ if test in vars(cls) and "kind" in vars(cls))
    return next((part.kind for part in parts), None)  # type: ignore[attr-defined]
