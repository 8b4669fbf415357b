"""The supervisor: holds the port, watches files, and changes the process that serves when the app changes.

One process serves. A spare one has imported all but the app, so that a save costs only the import of the app. The old process
serves until the new one does; if the new one cannot load the app, the old one goes on and shows why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from socket import socket
from subprocess import TimeoutExpired
from typing import Protocol

from msgspec import Struct

from portable.errors import PortableError
from portable.settings.dotenv import FILE
from portable.tooling.app.settings import Settings
from portable.tooling.dev.channel import Failed, Fault, Go, Order, Serving, Stop, Told
from portable.tooling.dev.children import Child
from portable.tooling.dev.early import NOW, SPARE, Started, start
from portable.tooling.dev.watching import Watching

PATIENCE = 10.0
"""Seconds that handlers get to end after Ctrl-C."""
OFTEN, SOON = 3, 60.0
"""How many times in so many seconds a process may end by itself until there is a pause before the next one."""
PAUSE, LONGEST = 0.5, 8.0
"""Seconds of the first pause, which doubles each time, and of the longest one."""
UNREAD = "the last version goes on, and what was saved is loaded when the file is mended"


class Saved(Struct, frozen=True):
    """Files were saved."""

    names: frozenset[str]


class Heard(Struct, frozen=True):
    """A child told something, or ended (None)."""

    child: Child
    message: Told | None


class Screen(Protocol):
    """What the supervisor shows."""

    def serving(self, serving: Serving, seconds: float, again: bool) -> None:
        """Show that an app is served, `again` after a change."""
        ...

    def failed(self, failed: Failed, goes_on: bool) -> None:
        """Show why an app does not load, and whether an older version goes on."""
        ...

    def note(self, text: str) -> None:
        """Show a sentence."""
        ...

    def echo(self, text: str) -> None:
        """Pass on what a process wrote."""
        ...


class Supervisor:
    """Runs until it is interrupted. `interpreter` returns the Python of the app; `first` is a process that was started already."""

    def __init__(
        self,
        settings: Settings,
        order: Order,
        listener: socket,
        interpreter: Callable[[], str],
        screen: Screen,
        first: Started | None = None,
    ) -> None:
        self._settings = settings
        self._order = order
        self._listener = listener
        self._find = interpreter
        self._interpreter = interpreter()
        self._first = first
        self._screen = screen
        self._events: SimpleQueue[Saved | Heard] = SimpleQueue()
        self._serving: Child | None = None
        self._loading: Child | None = None
        self._spare: Child | None = None
        self._ending: list[Child] = []
        self._begun = time.monotonic()
        self._ends: list[float] = []
        self._due: float | None = None
        self._ever = self._served = False
        self._readable = self._waits = False
        self._hide: Callable[[str], str] = str
        self._watching = Watching(settings.project, lambda names: self._events.put(Saved(names)), screen.note)

    def run(self) -> int:
        """Serve until Ctrl-C. Return the exit code."""
        self._load()
        self._watching.start()
        self._tell_settings("who asks for a setting or a secret gets this error until it is mended")
        try:
            while True:
                event = self._next()
                if event is None:
                    self._load()
                elif isinstance(event, Saved):
                    self._saved(event.names)
                elif self._heard(event.child, event.message):
                    return 1
        except KeyboardInterrupt:
            return 0
        finally:
            self._end()

    def _next(self) -> Saved | Heard | None:
        """Wait for what happens next: None when it is time to load the app again."""
        try:
            return self._events.get(timeout=None if self._due is None else max(0.0, self._due - time.monotonic()))
        except Empty:
            return None

    def _load(self) -> None:
        """Let a process load the app as it is now."""
        self._due, self._waits = None, False
        if self._loading is not None:
            self._abandon(self._loading)
        if self._order.debug and self._serving is not None:  # only one process can have the debugger's port
            self._abandon(self._serving)
            self._serving.wait(PATIENCE)
            self._serving = None
            self._screen.note("waiting for a debugger again")
        self._begun = time.monotonic()
        self._loading, self._spare = self._spare or self._start(NOW), None
        self._loading.ask(Go(self._order))

    def _start(self, how: str) -> Child:
        first, self._first = self._first, None
        if first is None or first.interpreter != self._interpreter:
            if first is not None:
                first.process.kill()
            first = start(how, self._interpreter)
        return Child(first, self._listener, lambda text: self._hide(text), self._screen.echo, self._hear)

    def _hear(self, child: Child, message: Told | None) -> None:
        self._events.put(Heard(child, message))

    def _saved(self, names: frozenset[str]) -> None:
        if FILE in names:
            self._tell_settings(
                "the values that were read before stay until it is mended", "settings and secrets are read anew"
            )
        if any(not name.startswith(".") for name in names):
            self._ends, self._waits = [], True
        if names & {"pyproject.toml", "requirements.txt"}:
            try:
                found = self._find()
            except PortableError as error:
                self._screen.failed(Failed(str(error)), self._served)
                self._stays(str(error))
                return
            if found != self._interpreter and self._spare is not None:
                self._abandon(self._spare)
                self._spare = None
            self._interpreter = found
        if self._waits and not (self._serving and self._readable and self._tell_settings(UNREAD)):
            self._load()

    def _tell_settings(self, broken: str, well: str = "") -> bool:
        """Say that the file of settings and secrets cannot be read, and what follows from it; else that all is well.

        Returns whether it is broken.
        """
        from portable.tooling.dev.secrets import misread

        why = misread(self._settings.project)
        self._readable = self._readable or not why  # then the process that serves knows its values
        if why or well:
            self._screen.note(f"{why}; {broken}" if why else well)
        return bool(why)

    def _heard(self, child: Child, message: Told | None) -> bool:
        """Act on what a child told. Return whether there is nothing to go on with."""
        if message is None:
            return self._ended(child)
        if child is self._loading and isinstance(message, Serving):
            self._takes_over(child, message)
        elif child is self._loading and isinstance(message, Failed):
            return self._failed(child, message)
        return False

    def _takes_over(self, child: Child, message: Serving) -> None:
        before, self._serving, self._loading, self._ever = self._serving, child, None, True
        if before is not None:
            self._ending.append(before)
            before.ask(Stop())
        self._know(message.secrets)
        if message.functions or self._served:
            self._screen.serving(message, time.monotonic() - self._begun, self._served)
            self._served = True
        if self._spare is None:
            self._spare = self._start(SPARE)

    def _failed(self, child: Child, message: Failed) -> bool:
        self._screen.failed(message, self._served)  # a process may serve nothing but why the app does not load
        if self._serving is None and not message.ends:
            child.ask(Go(self._order))  # it serves what is wrong
            return False
        self._loading = None
        self._abandon(child)
        self._stays(message.error, message.where, message.traceback)
        return self._serving is None

    def _stays(self, error: str, where: str = "", traceback: str = "") -> None:
        """Let the process that serves show why the newest source does not, and have another one ready for the next save."""
        if self._serving is not None:
            self._serving.ask(Fault(error, where, traceback))
            self._spare = self._spare or self._start(SPARE)

    def _ended(self, child: Child) -> bool:
        if child in self._ending:
            self._ending.remove(child)
            return False
        if child is self._spare:
            self._spare = None
            return False
        loaded = child is self._loading
        if loaded:
            self._loading = None
        else:
            self._serving = None
        said = f"the process that {'loaded the app' if loaded else 'serves'} ended by itself (exit code {child.process.returncode})"
        if self._serving is not None:
            follows = (
                "the last version that loaded goes on until a file is saved"
                if self._served
                else "save a file to try again"
            )
            self._screen.note(f"{said}; {follows}")
            self._stays(said)
        elif loaded and not self._ever:
            self._screen.note(said)
            return True
        elif self._loading is not None:
            self._screen.note(f"{said}; another one is loading the app")
        else:
            self._again(said)
        return False

    def _again(self, said: str) -> None:
        """Start another process, since nobody serves: at once, or after a pause when processes end again and again."""
        now = time.monotonic()
        self._ends = [at for at in self._ends if now - at < SOON] + [now]
        pause = min(LONGEST, PAUSE * 2.0 ** (len(self._ends) - OFTEN - 1)) if len(self._ends) > OFTEN else 0.0
        if not pause:
            self._screen.note(f"{said}; another one is started")
            self._load()
            return
        self._due = now + pause
        self._screen.note(
            f"{said}, {len(self._ends)} times within {SOON:.0f} s; nothing serves. Another one is started in {pause:g} s, "
            "or when a file is saved"
        )

    def _know(self, names: list[str]) -> None:
        from portable.tooling.dev.secrets import KnownSecrets, redactor

        if names:
            known = KnownSecrets(self._settings.project)
            known.named(names)
            self._hide = redactor(known)

    def _abandon(self, child: Child) -> None:
        self._ending.append(child)
        child.kill()

    def _end(self) -> None:
        """End every process: the one that serves when its handlers have ended, or when time is up."""
        self._watching.stop()
        self._listener.close()
        served = [child for child in (self._serving, *self._ending) if child is not None]
        others = [child for child in (self._loading, self._spare) if child is not None]
        for child in others:
            child.kill()
        for child in served:
            child.ask(Stop())
        end = time.monotonic() + PATIENCE
        try:
            for child in served:
                child.wait(max(0.0, end - time.monotonic()))
        except (TimeoutExpired, KeyboardInterrupt):  # time is up, or Ctrl-C was pressed again
            self._screen.note("handlers that still run are ended; their messages come again")
        finally:
            for child in (*served, *others):
                child.kill()
                child.process.wait()
