"""The deterministic scheduler: runs pieces of work as actors. One actor runs at a time, and the others pause.

An actor is a thread with a baton. `start` and `resume` hand it the baton and wait until it comes back, because the actor
rests, is done, or is stuck. An actor rests only where it asks to: the observer does so before a resource call at which
a schedule wants it. A handler that is `async def` rests as a task, so that other tasks of the same event loop go on; its
own other tasks rest as well before their next resource call, and all of them go on together, in the same order.

An actor counts as stuck if it does not return the turn for a while although another one is paused, its thread does not
move, and no thread computes: it may wait for a lock that a paused one holds. Then it loses the turn: others continue, and it
pauses before its next resource call. If no other actor is left and a stuck one does not continue, it is a deadlock.
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
"""Seconds between two checks of an actor's thread. An actor is stuck after `LOOKS` checks without movement."""
LOOKS = 2
"""Checks in a row, if the system reports that every thread sleeps. Five times as many if it cannot report it."""
DEADLOCK = 5.0
"""Seconds until stuck actors count as a deadlock, if no other actor is left."""

current: ContextVar[Actor | None] = ContextVar("portable_actor", default=None)
"""The actor that runs here."""


class Deadlock(AssertionError):
    """Calls wait for each other, and none can continue."""


class Abandoned(BaseException):
    """The test is over. It ends a paused actor."""

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
        """Return the turn and wait for the next one. The actor itself calls this."""
        joins = self.resting
        turn = threading.Event()
        if self._gives_back(turn.set, joins=joins):
            turn.wait()
            self._go_on()

    async def rest_async(self) -> None:
        """Return the turn and await the next one, while other tasks of this event loop continue."""
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
        """Give the actor the turn."""
        with self._lock:
            self._back.clear()
            turns, self._turns = self._turns, []
        for wake in turns:
            wake()

    def came_back(self, seconds: float | None) -> bool:
        """Wait until the actor returns the turn. Return whether it did."""
        return self._back.wait(seconds)

    def place(self) -> object:
        """Return the position of the thread in the code. It is equal for a thread that does not move."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        return None if frame is None else (id(frame), frame.f_lasti)

    def abandon(self) -> None:
        """End a paused actor."""
        self._abandoned = True
        self.go_on()
        self._thread.join(1.0)


class Scheduler:
    """The unfinished actors of one test: the paused ones, oldest first, and the stuck ones."""

    def __init__(self) -> None:
        self.resting: list[Actor] = []
        self.stuck: list[Actor] = []

    @property
    def busy(self) -> bool:
        """Whether an actor is not done."""
        return bool(self.resting or self.stuck)

    def start(self, actor: Actor) -> None:
        """Run an actor until it pauses, is done or is stuck."""
        actor.begin()
        self._follow(actor)

    def resume(self) -> Actor:
        """Continue the actor that has paused longest, or else one that was stuck. Return it. Raises Deadlock."""
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
        """End every actor, because the test is over. A stuck thread is left behind."""
        for actor in self.resting:
            actor.abandon()
        self.resting.clear()
        self.stuck.clear()

    def _follow(self, actor: Actor) -> None:
        """Wait until an actor returns the turn or is stuck, and keep it if it is unfinished."""
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
        """Move stuck actors that have returned the turn to the paused ones."""
        for actor in [actor for actor in self.stuck if actor.came_back(0) and not actor.done]:
            self.stuck.remove(actor)
            self.resting.append(actor)

    def _wait_for_stuck(self) -> Actor:
        """Return the first stuck actor that is done or returns the turn."""
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
            f"{names} did not end although nothing else was left to run: they wait for each other, or for a lock that is "
            "never released. Do not hold a lock while you call a resource"
        )


def _all_asleep() -> bool | None:
    """Say whether every other thread of this process sleeps, or None if the system cannot report it (only Linux can)."""
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
