"""What is made once per app and used by every test: its compiled and observed calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.eventing.request import Request
from portable.eventing.routing import RouteTable
from portable.testing.app import App
from portable.testing.session.running import Runner
from portable.testing.session.transport import Transport
from portable.testing.world.context import KitContext
from portable.testing.world.drivers import KitDrivers
from portable.testing.world.known import KnownCallers
from portable.testing.world.stores import Stores
from portable.testing.world.watched import Watch
from portable.testing.world.world import World
from portable.tooling.entry.here import routed

Call = Callable[[Any, Any], Any]


class Session:
    """The generated code of an app, loaded once. It acts on the world that was entered last."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.runner = Runner()
        self.known = KnownCallers(app.model)
        self.drivers = KitDrivers(self._where, self.known)
        self.transports: dict[str, Transport] = {}
        """The wires that were opened, by target."""
        self._world: World | None = None
        self._calls: dict[str, Call] = {}
        self._table: RouteTable | None = None

    @property
    def world(self) -> World:
        """The world of the test that runs."""
        if self._world is None:
            raise RuntimeError(
                "a handler of an earlier test is still running, but its cloud is closed: wait for its threads in that test"
            )
        return self._world

    def enter(self, world: World) -> None:
        """Let the handlers act in a world from now on."""
        self._world = world

    def leave(self, world: World) -> None:
        """Leave a world, unless another was entered since. Mounted apps are shut down in it."""
        self.runner.end_lifespans()
        if self._world is world:
            self._world = None

    def close(self) -> None:
        """End what transports started and close the event loop."""
        for transport in self.transports.values():
            transport.close()
        self.runner.close()

    @property
    def table(self) -> RouteTable:
        """The route table as it ships, its calls observed."""
        if self._table is None:
            self._table = self.app.table(self._late)
        return self._table

    def owner(self, request: Request) -> str | None:
        """Return the function whose entry a request is routed to, None for a path that no function has."""
        if not self.app.model.http():
            return None
        route, methods = routed(self.table, request)
        route = route or next(iter(methods.values()), None)
        return None if route is None else route.function

    def call(self, name: str) -> Call:
        """Return the generated call of a function, observed; its imports run at the first use."""
        found = self._calls.get(name)
        if found is None:
            given = {"_drivers": self.drivers, "_run": self.runner.run, "_observed": self.observed}
            found = self._calls[name] = self.app.call(name, given)
        return found

    def observed(self, name: str, call: Call) -> Call:
        """Return a generated call that is observed in the world of the test, and told the time of its clock."""
        timeout = self.app.functions[name].timeout

        def run(event: Any, context: Any) -> Any:
            return self.world.observer.run(name, call, event, timed(context))

        def timed(context: Any) -> KitContext:
            return context if isinstance(context, KitContext) else KitContext.of(context, timeout, self.world.clock)

        history = getattr(call, "history", None)
        if history is not None:  # portable.compute.consume asks the call for it
            run.history = lambda message, context: history(message, timed(context))  # type: ignore[attr-defined]
        return run

    def _late(self, name: str, _call: str) -> Call:
        timeout = self.app.functions[name].timeout

        def call(request: Any, context: Any) -> Any:
            context.begin(timeout)
            return self.call(name)(request, context)

        return call

    def _where(self) -> tuple[Stores, Watch]:
        world = self.world
        return world.stores, world.observer
