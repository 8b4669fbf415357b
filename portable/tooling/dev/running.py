"""`Running`: an app that is loaded, with all that calls its functions. It is the `Engine` of the dashboard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec import Struct

from portable.base.trace import traceparent
from portable.compute import dispatch
from portable.compute.context import Context
from portable.compute.running import on
from portable.compute.streaming_context import StreamingContext
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.settings import Settings
from portable.tooling.dev.consuming import Consuming
from portable.tooling.dev.delivering import Deliverer, Waiting
from portable.tooling.dev.engine import Broken, Schedule
from portable.tooling.dev.journal.reading import Journal
from portable.tooling.dev.journal.writing import Recorder
from portable.tooling.dev.live import FAULT, Live, active, allowed, made
from portable.tooling.dev.loading import Loaded
from portable.tooling.dev.observed import ObservedDrivers
from portable.tooling.dev.observing import Call, Observer
from portable.tooling.dev.resources import Resources
from portable.tooling.dev.streamed import Kept
from portable.tooling.dev.ticking import Ticker, schedule_of
from portable.tooling.entry.here import Calls, routed
from portable.tooling.run.invoking import Unfit, check_kind, decode, find

if TYPE_CHECKING:
    from portable.tooling.run.wired import WiredApp
    from portable.tooling.target import TestHost


class Choices(Struct, frozen=True):
    """What was asked for on the command line: the wire that events take, and whether schedules fire."""

    wire: str = ""
    schedules: bool = True


NO_CHOICES = Choices()


class Running:
    """An app that runs on this machine. `loop` runs its `async def` handlers.

    `tell` is told in words what goes wrong, and `hide` each value of a secret that a handler gets.
    """

    def __init__(
        self,
        settings: Settings,
        loaded: Loaded,
        resources: Resources,
        recorder: Recorder,
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[str], None],
        hide: Callable[[str], None],
        choices: Choices = NO_CHOICES,
    ) -> None:
        self.settings = settings
        self.broken: Broken | None = None
        self.stopping = False
        self.drivers = resources.drivers
        self.journal = Journal(resources.journal)
        self.recorder = recorder
        self.choices = choices
        self.queues = resources.queues
        self.hide = hide
        self._loaded = loaded
        self._run = on(lambda: loop)
        self.functions = {function.name: function for function in loaded.app.functions}
        self._awaited = {function.name for function in loaded.app.functions if function.asynchronous}
        self._known = lru_cache(self._named)  # of the last paths
        self._observer = Observer(self.functions, settings.folder, recorder.note)
        observed = ObservedDrivers(resources.drivers, resources.sent, hide, resources.tokens(loaded.app))
        self._given = {"_drivers": observed, "_run": self._run}
        self._generated = Calls(loaded.app)
        self._wires: dict[str, WiredApp] = {}
        wired = self.wired(choices.wire) if choices.wire else None
        self.consuming = Consuming(self._call, observed, recorder.note, tell, wired)
        all_waiting = [Waiting.of(self.functions[name], queue) for name, queue in resources.queues.items()]
        self._deliverer = Deliverer(all_waiting, self.consuming.deliver, tell)
        resources.on_sent(self._deliverer.wake)
        scheduled = [function for function in loaded.app.functions if function.trigger["kind"] == "schedule"]
        self._scheduled = scheduled
        self._ticker = Ticker(scheduled if choices.schedules else [], resources.queues, resources.sent, tell)

    @property
    def app(self) -> AppModel:
        """What the app declares."""
        return self._loaded.app

    @property
    def handlers(self) -> Mapping[str, Callable[..., Any]]:
        """The handlers of functions by name."""
        return self._loaded.handlers

    def start(self) -> None:
        """Begin to deliver messages and to fire schedules."""
        self._deliverer.start()
        self._ticker.start()

    def stop(self, patience: float) -> bool:
        """Take no more messages, and wait for the handlers that run. Return whether all have ended in time."""
        self._ticker.stop()
        return self._deliverer.stop(patience)

    @cached_property
    def table(self) -> Any:
        """The route table as it ships, for hosts that await."""
        return self._generated.table(lambda name, _: self._late(name, awaited=True))

    def is_awaited(self, request: Request) -> bool:
        """Return whether the function of a request is an `async def`, which runs on the loop."""
        return bool(self._awaited) and self._known(request.method, request.raw_path) in self._awaited

    def has_path(self, request: Request) -> bool:
        """Return whether a function has the path of a request, whatever its method. A static site counts as none."""
        return any(self.functions[route.function].site is None for route in routed(self.table, request)[1].values())

    def function_of(self, request: Request) -> FunctionModel | None:
        """Return the function that a request is for, None for a path that no function has."""
        return self.functions.get(self._named(request.method, request.raw_path))

    def _named(self, method: str, path: str) -> str:
        route, _ = routed(self.table, Request(method, path))
        return "" if route is None else route.function

    def answer_here(self, live: Live, wire: str = "") -> Response:
        """Answer a request in this thread, and note it. `wire` is the one of the command line, unless it is given."""
        token = active.set(live)
        try:
            if wire or self.choices.wire:
                response = self._over(wire or self.choices.wire, live)
            else:
                response = dispatch.http(self.table, live.event, _context(live))
        finally:
            active.reset(token)
        return self._answered(live, response)

    async def answer_async(self, live: Live) -> Response:
        """Answer a request on the loop, and note it."""
        active.set(live)
        response = await dispatch.http_async(self.table, live.event, _context(live))
        return self._answered(live, response)

    def _answered(self, live: Live, response: Response) -> Response:
        """Note the response: a stream now and at its end."""
        if live.quiet and response.status < FAULT:
            return response
        chunks = response.chunks
        if chunks is None:
            live.answered(response)
        else:
            kept = Kept(live, response, self.settings.folder, self.recorder.note)
            chunks.listen(kept.ended, kept.chunk)
        self.recorder.note(live)
        return response

    def fire(self, function: str, event: dict[str, Any], wire: str = "") -> str:
        """Call a function once with an event as plain data. Return the id of the invocation."""
        found = find(self.app, function)
        kind = check_kind(found, event)
        given, _ = kind.facts(found, event, self.drivers)
        value = decode(found, given)
        if wire:
            self.wired(wire, found.name)
        if found.trigger["kind"] == "http":
            live = Live("http", "", value, traceparent(value.headers.get("traceparent")), wire)
            live.fired = True
            if found.asynchronous and not wire and not self.choices.wire:
                self._run(self.answer_async(live))
            else:
                self.answer_here(live, wire)
        else:
            live = self._begun(found, lambda: self._deliver(found, value, wire))
        self.recorder.settle()
        return live.id

    def replay(self, function: str, event: Any, wire: str) -> str:
        """Call a function once with the event of a provider. Return the id of the invocation."""
        found = find(self.app, function)
        host = self.wired(wire, found.name).host
        if found.trigger["kind"] == "http":
            live = self._replayed(found, host, event, wire)
        else:
            live = self._begun(found, lambda: host.replay(found, event))
        self.recorder.settle()
        return live.id

    def _replayed(self, function: FunctionModel, host: TestHost, event: Any, wire: str) -> Live:
        live = Live("http", function.name, Request("GET", "/", "", [], b"", None), None, wire)
        live.fired = True
        token, other = active.set(live), allowed.set(float(function.timeout))
        try:
            response = host.replay(function, event)
        except Exception as error:
            raise Unfit(f"{wire} did not accept the event: {type(error).__name__}: {error}") from error
        finally:
            active.reset(token)
            allowed.reset(other)
        assert response is not None
        live.answered(response)
        self.recorder.note(live)
        return live

    def _deliver(self, function: FunctionModel, value: Any, wire: str) -> None:
        attempt = getattr(value, "attempt", None)
        if wire:
            name = getattr(value, "id", None) or uuid4().hex
            self.wired(wire, function.name).host.deliver(function, [(name, value, attempt or 1)])
        else:
            context = Context(uuid4().hex, function.name, time.time() + function.timeout, attempt=attempt)
            dispatch.event(self._call(function.name), value, context)

    def _begun(self, function: FunctionModel, call: Callable[[], object]) -> Live:
        """Return the invocation of a function that a call makes. Raises Unfit when it makes none."""
        begun: list[Live] = []
        token, other = made.set(begun), allowed.set(float(function.timeout))
        error: BaseException | None = None
        try:
            call()
        except BaseException as raised:  # noqa: BLE001 - it is noted with the invocation
            error = raised
        finally:
            made.reset(token)
            allowed.reset(other)
        if not begun:
            raise Unfit(f"{function.name} was not called" + (f": {type(error).__name__}: {error}" if error else ""))
        return begun[0]

    def schedules(self) -> list[Schedule]:
        """Return the schedules of the app."""
        return [schedule_of(function, self.journal) for function in self._scheduled]

    def resource(self, kind: str, name: str) -> Any:
        """Return a declared resource. Raises LookupError."""
        return self._loaded.resources[kind, name]

    def wired(self, name: str, function: str | None = None) -> WiredApp:
        """Return the app on a wire. Raises UnsupportedError when the function cannot be called over it."""
        found = self._wires.get(name)
        if found is None:
            from portable.tooling.run.wired import WiredApp

            given = {**self._given, "_observed": self._observer.on(name)}
            made_app = WiredApp(self.app, name, given, self._run, allowed.get)
            found = self._wires.setdefault(name, made_app)
        gap = None if function is None else found.gap(function)
        if gap is not None:
            from portable.errors import UnsupportedError

            raise UnsupportedError(f"{name} cannot do this: {gap}")
        return found

    def _over(self, wire: str, live: Live) -> Response:
        function = self.function_of(live.event)
        wired = self.wired(wire)
        live.wire = wire
        gap = wired.gap(function.name if function else None)
        if gap is not None:
            return Response(f"{wire} cannot do this: {gap}\n", 501)
        token = allowed.set(float(function.timeout) if function else 30.0)
        try:
            return wired.host.http(live.event, function)
        except Exception as error:  # noqa: BLE001 - the adapter's own: what a handler raises is a response
            live.failed(error, self.settings.folder)
            return Response(f"{wire} did not accept the request: {type(error).__name__}: {error}\n", 502)
        finally:
            allowed.reset(token)

    def _call(self, name: str) -> Call:
        """Return the generated call of a function, observed."""
        return self._generated.call(name, {**self._given, "_observed": self._observer.on()})

    def _late(self, name: str, awaited: bool) -> Call:
        """Return a call whose module is loaded when it is first called."""
        calls: list[Call] = []

        def call(request: Any, context: Any) -> Any:
            if not calls:
                calls.append(self._generated.call(name, {**self._given, "_observed": self._observer.on()}, awaited))
            return calls[0](request, context)

        return call


def _context(live: Live) -> Context:
    return StreamingContext(live.id, "", live.began + 30.0)
