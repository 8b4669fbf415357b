"""The deterministic scheduler: work in, run as actors of which one goes on at a time and the others rest.

An actor is a thread with a baton. `start` and `resume` hand it the baton and wait until it comes back, because the actor
rests, is done, or is stuck. An actor rests only where it asks to: the observer does so before a resource call at which
a schedule wants it. A handler that is `async def` rests as a task, so that other tasks of the same event loop go on; its
own other tasks rest as well before their next resource call, and all of them go on together, in the same order.

An actor is taken for stuck when it has not come back for a while although another one rests, its thread stands still
and no thread computes: it may wait for a lock that a resting one holds. It keeps no baton then: others go on, and it rests
before its next resource call. When nobody is left to go on and a stuck one does not come back, that is a deadlock.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from time import monotonic
from typing import Any

PATIENCE = 0.01
"""Seconds between two looks at an actor whose thread seems to stand still; stuck is who stood still at `LOOKS` of them."""
LOOKS = 2
"""Looks in a row, where the system tells that every thread sleeps; five times as many where it does not."""
DEADLOCK = 5.0
"""Seconds until stuck actors that nobody can free any more are a deadlock."""

current: ContextVar[Actor | None] = ContextVar("portable_actor", default=None)
"""The actor that runs here."""


class Deadlock(AssertionError):
    """Calls wait for one another and none can go on."""


class Abandoned(BaseException):
    """The test is over: an actor that rests ends here."""

    ends_process = True
    """What runs handlers does nothing after it (`portable.base.ending`)."""


class Actor:
    """Work in a thread of its own. `late` says that it was taken for stuck and must rest when it comes back.

    `why` is what happens while it rests now, empty for nothing in particular.
    """

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self.name = name
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.late = False
        self.why = ""
        self._work = work
        self._back = threading.Event()
        self._turns: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._abandoned = False
        self._thread = threading.Thread(target=copy_context().run, args=(self._run,), name=name, daemon=True)

    def rest(self) -> None:
        """Give the baton back and wait for it; called by the actor itself."""
        joins = self.resting
        turn = threading.Event()
        if self._gives_back(turn.set, joins=joins):
            turn.wait()
            self._go_on()

    async def rest_async(self) -> None:
        """Give the baton back and await it, while other tasks of this event loop go on."""
        joins = self.resting
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        if self._gives_back(lambda: _set(loop, turn), joins=joins):
            await turn
            self._go_on()

    @property
    def resting(self) -> bool:
        """Whether a task or a thread of the actor rests, so that the others must not go on."""
        return bool(self._turns)

    def _gives_back(self, wake: Callable[[], None], *, joins: bool) -> bool:
        """Give the baton back until `wake` is called. False: who joins another one that rests finds that it went on."""
        with self._lock:
            if joins and not self._turns:
                return False
            self._turns.append(wake)
            self.late = False
            self._back.set()
            return True

    def _go_on(self) -> None:
        if self._abandoned:
            raise Abandoned

    def _run(self) -> None:
        current.set(self)
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the actor was started
            self.error = error
        self.done = True
        self._back.set()

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def go_on(self) -> None:
        """Hand over the baton."""
        with self._lock:
            self._back.clear()
            turns, self._turns = self._turns, []
        for wake in turns:
            wake()

    def came_back(self, seconds: float | None) -> bool:
        """Wait for the baton; say whether it came."""
        return self._back.wait(seconds)

    def place(self) -> object:
        """Return where the thread is, which is the same for a thread that stands still."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        return None if frame is None else (id(frame), frame.f_lasti)

    def abandon(self) -> None:
        """End an actor that rests."""
        self._abandoned = True
        self.go_on()
        self._thread.join(1.0)


class Scheduler:
    """The actors of one test that are not done: those that rest, oldest first, and those that are stuck."""

    def __init__(self) -> None:
        self.resting: list[Actor] = []
        self.stuck: list[Actor] = []

    @property
    def busy(self) -> bool:
        """Whether an actor is not done."""
        return bool(self.resting or self.stuck)

    def start(self, actor: Actor) -> None:
        """Run an actor until it rests, is done or is stuck."""
        actor.begin()
        self._follow(actor)

    def resume(self) -> Actor:
        """Let the one go on that has rested longest, else one that was stuck; return it. Raises Deadlock."""
        self._collect()
        ended = next((actor for actor in self.stuck if actor.done), None)
        if ended is not None:
            self.stuck.remove(ended)
            return ended
        if self.resting:
            actor = self.resting.pop(0)
            actor.go_on()
            self._follow(actor)
            return actor
        return self._wait_for_stuck()

    def abandon(self) -> None:
        """End every actor: the test is over. A thread that is stuck for good is left behind."""
        for actor in self.resting:
            actor.abandon()
        self.resting.clear()
        self.stuck.clear()

    def _follow(self, actor: Actor) -> None:
        """Wait until an actor comes back or is stuck, and keep it among those that are not done."""
        place, looks = None, 0
        while not actor.came_back(PATIENCE if self.busy else None):
            now, asleep = actor.place(), _all_asleep()
            looks = looks + 1 if now == place and asleep is not False else 0
            place = now
            if looks >= (LOOKS if asleep else 5 * LOOKS):
                actor.late = True
                self.stuck.append(actor)
                return
        if not actor.done:
            self.resting.append(actor)

    def _collect(self) -> None:
        """Put those that came back since they were taken for stuck among those that rest."""
        for actor in [actor for actor in self.stuck if actor.came_back(0) and not actor.done]:
            self.stuck.remove(actor)
            self.resting.append(actor)

    def _wait_for_stuck(self) -> Actor:
        """Return the first stuck actor that is done, or goes on and comes back."""
        ends = monotonic() + DEADLOCK
        while monotonic() < ends:
            for actor in self.stuck:
                if actor.came_back(0.01):
                    self.stuck.remove(actor)
                    if not actor.done:
                        actor.go_on()
                        self._follow(actor)
                    return actor
        names = " and ".join(actor.name for actor in self.stuck)
        self.stuck.clear()
        raise Deadlock(
            f"{names} did not end although nothing else was left to run: they wait for one another, or for something "
            "that nobody gives back. Hold no lock while a resource is called"
        )


def _all_asleep() -> bool | None:
    """Say whether every other thread of this process sleeps; None where the system does not tell (only Linux does)."""
    mine = str(threading.get_native_id())
    try:
        for thread in os.listdir("/proc/self/task"):
            if thread != mine:
                with open(f"/proc/self/task/{thread}/stat", encoding="utf-8") as file:
                    if file.read().rpartition(")")[2].split()[0] == "R":
                        return False
    except OSError:  # a thread may end meanwhile
        return None
    return True


def _set(loop: asyncio.AbstractEventLoop, turn: asyncio.Future[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(_wake, turn)


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
