"""`assert_idempotent`: takes a handler and an event; runs it twice, and once with a crash after each side effect.

The final state of every resource must be the same. What already differs between two single runs (times, random ids) is not
compared. The number of equal messages is not compared either, because any function may get a message more than once.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portable.errors import DeclarationError, InProgress
from portable.eventing.request import Request
from portable.testing.app import App, find_folder, load_folder, load_modules
from portable.testing.cloud import Cloud
from portable.testing.comparing import Single, State, state_of
from portable.testing.world.context import KitContext
from portable.testing.world.drivers import is_effect
from portable.testing.world.kinds.messages import outgoing
from portable.testing.world.script import Break, Died, Script

if TYPE_CHECKING:
    from portable.testing.session.snapshot import Snapshot


class NotIdempotent(AssertionError):
    """A second run of a handler, or a run after a crash, left another state than one run does."""


def assert_idempotent(
    handler: Callable[..., Any],
    event: Any,
    cloud: Cloud | None = None,
    *,
    given: Callable[[Cloud], object] | None = None,
) -> None:
    """Fail unless running the handler again for the same event changes nothing, wherever the first run stopped.

    It runs in `cloud`, by default an empty cloud of the handler's app. `given(cloud)` is called first and creates what
    the handler needs. The state is restored at the end. Raises NotIdempotent with the differences.
    """
    __tracebackhide__ = True
    made_here = cloud is None
    world = Cloud(_app_of(handler)) if cloud is None else cloud
    begin = world.snapshot()
    try:
        if given is not None:
            given(world)
        _Check(world, world.app.name_of(handler), event).run()
    finally:
        world.restore(begin)
        if made_here:
            world.close()


class _Check:
    """The runs of one handler from one state."""

    def __init__(self, cloud: Cloud, name: str, event: Any) -> None:
        self._cloud = cloud
        self._name = name
        self._event = event
        self._begin: Snapshot = cloud.snapshot()

    def run(self) -> None:
        """Compare one run with two, and with a run after a crash at each side effect."""
        __tracebackhide__ = True
        first = self._after([None])
        calls = self._cloud.calls[-1].resource_calls
        single = Single(first, self._after([None], later=True))
        self._compare(single, [None, None], "ran a second time")
        for number, call in enumerate(calls, 1):
            if is_effect(call):
                kind, name, method = call
                crash = Break(number, Died, after=True, chaos=True)
                what = f"ran again after a crash after {kind} {name}.{method} (its resource call {number})"
                self._compare(single, [crash, None], what)

    def _compare(self, single: Single, runs: list[Break | None], what: str) -> None:
        __tracebackhide__ = True
        different = single.differences(self._after(runs))
        if different:
            head = f"{self._name} is not idempotent: it {what}, and the state differs from the state after one run."
            raise NotIdempotent("\n".join([head, *(f"  {line}" for line in different[:10])]))

    def _after(self, runs: list[Break | None], *, later: bool = False) -> State:
        """Return the state after runs of the handler from the beginning, each broken as told, all of them `later`."""
        cloud = self._cloud
        cloud.restore(self._begin)
        if later:
            self._wait()
        for broken in runs:
            cloud.inside.world.observer.next_script = Script(broken)
            error = self._call()
            if isinstance(error, InProgress):  # it died as the holder of its key, which is free at its deadline
                self._wait()
                error = self._call()
            if broken is None and error is not None:
                error.add_note(f"{self._name} failed when it ran for {self._event!r}")
                raise error
        return state_of(cloud)

    def _wait(self) -> None:
        """Let the time pass that a call of the handler may take."""
        clock = self._cloud.clock
        clock.move(clock.now + timedelta(seconds=self._cloud.app.functions[self._name].timeout + 1))

    def _failures(self) -> list[BaseException]:
        return [failure.error for failure in self._cloud.failures]

    def _call(self) -> BaseException | None:
        cloud, event = self._cloud, self._event
        call = cloud.inside.session.call(self._name)
        context = KitContext("call", self._name, cloud.app.functions[self._name].timeout, cloud.clock)
        try:
            if isinstance(event, Request):
                cloud.inside.transport.http(event)
                last = cloud.calls[-1] if cloud.calls else None
                if last is None or last.function != self._name:
                    return DeclarationError(f"{event!r} does not call {self._name}")
                failed = isinstance(last.error, InProgress) or last.error in self._failures()
                return last.error if failed and isinstance(last.error, Exception) else None
            if hasattr(event, "payload"):
                context.attempt = event.attempt
                call(_raw(event), context)
            else:
                call(event, context)
        except Died:
            return None
        except Exception as error:  # noqa: BLE001 - the handler may raise anything
            return error
        return None


def _raw(event: Any) -> Any:
    from portable.eventing.message import Message

    sent = outgoing(event)
    return Message(event.id, sent.body, event.attempt, dict(sent.attributes), event.sent_at, event.group, event.trace)


def _app_of(handler: Callable[..., Any]) -> App:
    module = sys.modules[inspect.unwrap(handler).__module__]
    try:
        app = load_folder(find_folder(Path(str(module.__file__)).parent))
    except DeclarationError:
        return load_modules([module])
    name = handler.__portable__.name  # type: ignore[attr-defined]
    return app if name in app.functions else load_modules([module])
