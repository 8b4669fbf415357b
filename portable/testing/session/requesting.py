"""Requests of a test: takes one, or several at once; returns the app's responses. After accidents it sends again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, TypeVar

from portable.eventing.request import Request, sent
from portable.eventing.response import Response
from portable.testing.scheduler import Actor, Scheduler, current
from portable.testing.session.accident import Accident, Accidents
from portable.testing.session.instances import Instances
from portable.testing.session.session import Session
from portable.testing.session.transport import Transport
from portable.testing.world.records import Failure
from portable.testing.world.script import Died, Script
from portable.testing.world.world import World

T = TypeVar("T")
EACH = range(2, 1_000_000)
"""Before every resource call but the first."""


class Requester:
    """The client of an app. `accidents` is None when nothing goes wrong by itself."""

    def __init__(self, session: Session, world: World, transport: Transport) -> None:
        self.accidents: Accidents | None = None
        self.instances = Instances()
        self.simultaneous = False
        """Whether requests were sent at once."""
        self.meanwhile: Callable[[], None] = lambda: None
        """Delivers what is due now, while a request pauses."""
        self._asked: object = None
        self._session = session
        self._world = world
        self._transport = transport

    def send(self, request: Request) -> tuple[Response, list[Failure]]:
        """Return the response to a request, and the failures of its handler."""
        observer, actor = self._world.observer, current.get()
        label = observer.names.request("" if actor is None else actor.name)
        begun = len(observer.failures)
        with observer.collecting() as calls:
            if self.accidents is None:
                response = self._once(request, Script(rests=() if actor is None else EACH, label=label))
            else:
                response = self._under_accidents(request, label, at_once=actor is not None)
            self._asked = self._world.clock.now if actor is None else None
            errors = {id(call.error) for call in calls}
        return response, [failure for failure in observer.failures[begun:] if id(failure.error) in errors]

    def touched(self) -> None:
        """Note that the test accesses a resource, so that it could see early deliveries."""
        self._asked = None

    def settling(self) -> None:
        """Note that the test settles now."""
        if self.accidents is not None and self._asked == self._world.clock.now:
            self.accidents.settling()
        self._asked = None

    def at_once(self, calls: tuple[Callable[[], T], ...]) -> list[T]:
        """Make calls at once and return their results in order; raise what the first of them raised."""
        self.simultaneous = True
        scheduler = Scheduler()
        actors = [Actor(f"a{number}", call) for number, call in enumerate(calls, 1)]
        try:
            for actor in actors:
                scheduler.start(actor)
                self._rests(actor)
            while scheduler.busy:
                for actor in scheduler.resting[:1]:
                    self.instances.return_to(actor)
                self._rests(scheduler.resume())
        finally:
            scheduler.abandon()
            for actor in actors:
                self.instances.return_to(actor)
        for actor in actors:
            if actor.error is not None:
                raise actor.error
        return [actor.result for actor in actors]

    def _rests(self, actor: Actor) -> None:
        """Go to another instance when a request pauses for that."""
        if not actor.done and actor.why == "restart":
            self.instances.leave(actor)

    def _once(self, request: Request, script: Script) -> Response:
        self._world.observer.next_script = script
        try:
            return self._transport.http(request)
        except Died:
            self._world.observer.check_end()
            raise
        finally:
            self._world.observer.next_script = None

    def _pausing(self, request: Request, script: Script) -> Response:
        """Send a request; while its handler pauses, what is due is handled."""
        scheduler = Scheduler()
        actor = Actor(script.label, lambda: self._once(request, script))
        try:
            scheduler.start(actor)
            while not actor.done:
                self.meanwhile()
                scheduler.resume()
        finally:
            scheduler.abandon()
        if actor.error is not None:
            raise actor.error
        return actor.result  # type: ignore[no-any-return]

    def _under_accidents(self, request: Request, label: str, *, at_once: bool) -> Response:
        """Send a request; when it breaks on the way or its reply is lost, its client sends it once more."""
        function = self._session.owner(request)
        accident, lost = self._accident(request, function, label, at_once=at_once)
        calls = self._world.observer.calls
        begun = len(calls)
        script = Script(accident.broken, accident.rests, accident.partial, label=label)
        try:
            if "early" in accident.rests.values():
                response = self._pausing(copy_of(request), script)
            else:
                with self.instances.elsewhere() if accident.elsewhere else nullcontext():
                    response = self._once(copy_of(request), script)
            broke = response.status >= 500 and any(call.chaos and call.label == label for call in calls[begun:])
            if not broke and not lost:
                return response
        except Died:  # the host died in the middle: the client sends the request again
            self.instances.die()
        response = self._once(copy_of(request), Script(label=label))
        wait = response.header("retry-after")
        if response.status == 409 and wait:  # its first sending still holds the idempotency key
            self._world.clock.move(self._world.clock.now + timedelta(seconds=int(wait) + 1))
            response = self._once(copy_of(request), Script(label=label))
        return response

    def _accident(self, request: Request, function: str | None, label: str, *, at_once: bool) -> tuple[Accident, bool]:
        if function is None or self.accidents is None:
            return Accident(), False
        mark: Any = self._session.app.marks[function]
        keyed = mark.idempotent is not None or request.headers.get("idempotency-key") is not None
        return self.accidents.request(function, label, keyed=keyed, at_once=at_once)


def copy_of(request: Request) -> Request:
    """Return the same request as its client sends it again: nothing of an earlier call is in it."""
    query, headers = sent(request)
    return Request(request.method, request.raw_path, query, headers, request.body, request.client_ip)
