"""The in-memory cloud of one app, for one test: takes what a test does and looks at; returns calls of the real handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from portable.eventing.request import Request
from portable.settings.dotenv import FILE, look_up, read
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.testing.accidents.chaos import Calls, Chaos, longest
from portable.testing.accidents.faults import KINDS
from portable.testing.app import App
from portable.testing.http.client import HttpClient, HttpResponse
from portable.testing.inside import Inside
from portable.testing.session.callers import Callers
from portable.testing.session.firing import Firing
from portable.testing.session.instances import Instances
from portable.testing.session.memory import ModuleMemory, modules_of
from portable.testing.session.requesting import Requester
from portable.testing.session.session import Session
from portable.testing.session.snapshot import Snapshot, go_back, take
from portable.testing.session.uses import looked_at
from portable.testing.transports.opening import transport_of
from portable.testing.views import FunctionView, ScheduleView, SecretView
from portable.testing.wires import WireTransport
from portable.testing.world.clock import Clock
from portable.testing.world.drivers import KitDrivers
from portable.testing.world.kinds.registry import Resources
from portable.testing.world.observing import Observer
from portable.testing.world.pending import PendingEvents
from portable.testing.world.records import Call, Dropped, Failure
from portable.testing.world.stores import Stores
from portable.testing.world.unawaited import Unawaited
from portable.testing.world.world import World

Handler = Callable[..., Any]
T = TypeVar("T")


class Cloud(Resources):
    """The app in an in-memory cloud: the fixture `cloud`. `http` makes requests, `clock` holds the time.

    It starts no process and keeps nothing: every test has its own. Permissions are enforced as in any cloud.
    """

    def __init__(
        self, app: App, session: Session | None = None, wire: str | None = None, artifacts: Path | None = None
    ) -> None:
        """`session` is shared by all clouds of the app. `wire` is the target whose event format is used.

        `artifacts` is the folder of the packaged artifacts that are called.
        """
        self.app = app
        self._closes_session = session is None
        session = session or Session(app)
        self.clock = Clock()
        self.clock.passing(lambda until: self._firing.pass_by(until))
        stores = Stores(lambda: self.clock.now, lambda *made: self._firing.subscribe(*made), self._look_up)
        observer = Observer(self.clock, lambda *change: self._firing.object_changed(*change))
        world = World(self.clock, stores, observer)
        session.enter(world)
        stores.ids.sent = observer.sent
        self.http = HttpClient(self._answer, Callers(session, world))
        self._drivers = KitDrivers(self._looked)
        self._unawaited = Unawaited(observer.whose)
        transport = transport_of(session, wire, artifacts)
        self._firing = Firing(app, world, transport)
        self._requester = Requester(session, world, transport)
        self._requester.meanwhile = lambda: self._firing.settler.meanwhile()
        self.inside = Inside(session, world, transport, self._firing, self._requester)
        """Its parts, for the kit itself."""
        self._memory: ModuleMemory | None = None
        self.test: Callable[..., Any] | None = None
        """The test. Names of the app's modules that it uses belong to the test, and are not reset."""
        self.fixtures: tuple[Callable[..., Any], ...] = ()
        """The fixtures of the test. The names that they use belong to the test, too."""
        self._environment: dict[str, str] | None = None

    @property
    def calls(self) -> list[Call]:
        """Every call of every function, oldest first."""
        self._requester.touched()
        return self.inside.world.observer.calls

    @property
    def failures(self) -> list[Failure]:
        """Every call that raised anything but an HTTPError, oldest first.

        Under chaos it leaves out failures that chaos made, and those after which the same event was handled later.
        """
        self._requester.touched()
        return self.inside.world.observer.own_failures()

    def schedule(self, function: Handler | str) -> ScheduleView:
        """Return the schedule of a function."""
        name = self.app.name_of(function)
        kind = self.app.functions[name].trigger["kind"]
        if kind != "schedule":
            raise LookupError(f"{name} is not a schedule function: its trigger is {kind}")
        return ScheduleView(self._firing, name)

    def secret(self, secret: Secret | str) -> SecretView:
        """Return the value of a secret in this test."""
        return SecretView(self.inside.world.stores.secrets, secret if isinstance(secret, str) else secret.name)

    def setting(self, setting: Setting | str) -> SecretView:
        """Return the value of a setting in this test."""
        return SecretView(self.inside.world.stores.settings, setting if isinstance(setting, str) else setting.name)

    def function(self, function: Handler | str) -> FunctionView:
        """Return a function from outside, by its handler or its declared name."""
        self._requester.touched()
        return FunctionView(self._firing, self._drivers, self.app.name_of(function))

    def replay(
        self, source: str | Path | dict[str, Any], function: Handler | str | None = None, target: str | None = None
    ) -> HttpResponse | None:
        """Call a function with a recorded event of a provider, through that provider's adapter.

        `source` is a file that `record` wrote, or with `function` and `target` a bare event of the provider (file or
        dict). Returns the response of an HTTP function. Raises WireError when the adapter does not take the event.
        """
        from portable.testing.recording import read as read_recorded

        found = read_recorded(source, None if function is None else self.app.name_of(function), target)
        transport = transport_of(self.inside.session, found.target)
        assert isinstance(transport, WireTransport)
        response = transport.replay(self.app.name_of(found.function), found.event)
        return None if response is None else HttpResponse(Request("", ""), response).read()

    @property
    def dropped(self) -> list[Dropped]:
        """Every message that failed at its last attempt and has no dead letter, oldest first."""
        return self.inside.world.observer.dropped

    def at_once(self, *calls: Callable[[], T]) -> list[T]:
        """Make calls at the same time, such as requests, and return what they return, in order.

        `cloud.at_once(lambda: cloud.http.post("/a"), lambda: cloud.http.post("/b"))`. In a plain test the handlers
        take turns at each resource call; under `at_least_once` other orders are tried. Raises the error of the first call
        that failed, and Deadlock if the calls wait for each other.
        """
        return self._requester.at_once(calls)

    def settle(self) -> None:
        """Deliver all pending events and everything that follows from them, until nothing is left.

        The clock moves only to due retries and delays; schedules are not fired. The failure of a handler is not raised
        here: see `failures`. Raises TooManyDeliveries after 10,000 deliveries.
        """
        self._requester.settling()
        self._firing.settler.settle()

    def chaos(
        self,
        seed: int = 0,
        density: float = 0.4,
        kinds: Iterable[str] = KINDS,
        *,
        http: bool = False,
    ) -> None:
        """Let accidents, drawn from the seed, happen to deliveries from now on. A failing test prints the shortest list.

        With `http` requests break as well, and are sent again as their client would.
        """
        if self.inside.instead is None:
            names = self.inside.world.observer.names
            self.accidents(Chaos(names, seed, None, density, tuple(kinds), self._calls_of, http))
        else:
            self.accidents(self.inside.instead)

    def accidents(self, chaos: Chaos | None) -> None:
        """Set the accidents of deliveries. None: no accidents."""
        if chaos is not None and self._memory is None:
            modules = modules_of(self.app)
            names = {module.__name__ for module in modules}
            known = frozenset().union(*(looked_at(each, names) for each in (self.test, *self.fixtures)))
            self._memory = ModuleMemory(modules, known)
        self.inside.chaos = chaos
        self._firing.settler.accidents = self._requester.accidents = chaos
        self._firing.settler.memory = self._memory
        self._requester.instances = Instances(self._memory)
        self.inside.world.observer.lenient = chaos is not None

    def snapshot(self) -> Snapshot:
        """Return the whole state: resources, clock, pending events, recorded calls."""
        return take(self._firing)

    def restore(self, state: Snapshot) -> None:
        """Go back to a snapshot, which may be used again. The state of the app's modules is reset."""
        go_back(self._firing, state)
        if self._memory is not None:
            self._memory.load(None)

    def check(self) -> None:
        """Raise NotAwaited if a handler made a coroutine that was never awaited."""
        __tracebackhide__ = True
        self._unawaited.check()

    def close(self) -> None:
        """Release what the cloud holds."""
        self.inside.world.observer.close()
        self._unawaited.remove()
        self.inside.session.leave(self.inside.world)
        if self._closes_session:
            self.inside.session.close()

    def _waiting(self) -> Iterable[PendingEvents]:
        return self._firing.all_pending.values()

    def _answer(self, request: Request) -> HttpResponse:
        response, failures = self._requester.send(request)
        return HttpResponse(request, response, "\n".join(failure.traceback for failure in failures))

    def _calls_of(self, function: str) -> Calls:
        return longest(self.calls, function)

    def _looked(self) -> tuple[Stores, Observer]:
        """Return the stores for an access by the test itself, and note that the test accesses a resource."""
        self._requester.touched()
        return self.inside.world.stores, self.inside.world.observer

    def _look_up(self, kind: str, name: str) -> str | None:
        if self._environment is None:
            project = self.app.settings.project if self.app.settings else self.app.folder
            self._environment = read(str(project / FILE))
        return look_up(kind, name, self._environment)


def replay(
    cloud: Cloud,
    source: str | Path | dict[str, Any],
    function: str | Callable[..., Any] | None = None,
    target: str | None = None,
) -> HttpResponse | None:
    """Call a function with a recorded event: `cloud.replay(source, function, target)`."""
    return cloud.replay(source, function, target)
