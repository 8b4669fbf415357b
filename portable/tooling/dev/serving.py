"""The process that serves an app. Runs as `python -m portable.tooling.dev.serving HOW SOCKET`, with the descriptor of its way to the supervisor.

It imports all that does not depend on the app, says that it is ready, and waits. So when a file is saved, another process
needs to import only the app.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Callable, Collection, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING

from portable.errors import PortableError
from portable.tooling.app.kinds.registry import title
from portable.tooling.app.settings import Settings, load_settings
from portable.tooling.dev.channel import (
    Asked,
    Failed,
    Fault,
    Go,
    Order,
    Ready,
    Serving,
    Stop,
    asked,
    send,
)
from portable.tooling.dev.early import SPARE
from portable.tooling.dev.engine import Broken
from portable.tooling.dev.front import Upstream, front_of
from portable.tooling.dev.hearing import Hearing, Prints
from portable.tooling.dev.http import Functions
from portable.tooling.dev.journal.writing import Recorder
from portable.tooling.dev.lines import Lines
from portable.tooling.dev.loading import Loaded, load, nothing
from portable.tooling.dev.resources import Resources
from portable.tooling.dev.running import Choices, Running
from portable.tooling.dev.secrets import KnownSecrets, names
from portable.tooling.dev.server import PROTOCOL, Server, configured
from portable.tooling.dev.state import journal_of, opening
from portable.tooling.dev.static import Static
from portable.tooling.target import LocalResources
from portable.tooling.targets import here, here_at

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from portable.tooling.dev.kinds.signing import Signer

LOOK = 0.02
"""Seconds between two looks at the values of secrets, which each call asks for."""
SWITCH = 0.002
"""Seconds after which a thread lets another one run: the loop must not wait long for the thread of the journal."""
GARBAGE = (10_000, 10, 10)
"""Objects after which Python looks for circles. Calls wait for the journal, so by its own number it would look in vain for each 50."""
PATIENCE = 900.0
"""Seconds that running handlers get to end: no function may run longer."""


def inside(running: Running, signer: Signer, token: str, hosts: Collection[str]) -> ASGIApp:
    """Return what this server answers itself. Its imports take as long as those of all the rest."""
    from portable.tooling.dev import inside

    return inside.inside(running, signer, token, hosts)


def proxy(upstream: Upstream, hosts: Collection[str], ending: asyncio.Event, tell: Callable[[str], None]) -> ASGIApp:
    """Return what passes requests to a development server. Its imports, too, take long."""
    from portable.tooling.dev.proxy.app import proxy

    return proxy(upstream, hosts, ending, tell)


class Process:
    """One serving process: its server, its app, and the way to the supervisor."""

    def __init__(self, listener: socket.socket, messages: Iterator[Asked], back: IO[bytes]) -> None:
        self._socket = listener
        self._messages = messages
        self._back = back
        self._loop = asyncio.new_event_loop()
        self._running: Running | None = None
        self._server: Server | None = None
        self._fault: Broken | None = None

    def run(self) -> None:
        """Wait for the order, and serve until the end."""
        for message in self._messages:
            if isinstance(message, Go):
                try:
                    self._serve(message.order)
                except PortableError as error:
                    send(self._back, Failed(str(error), ends=True))
                return

    def _serve(self, order: Order) -> None:
        settings = load_settings(Path(order.app), None, tuple(order.targets))
        target, local = here_at(order.here)
        os.chdir(settings.project)
        if order.debug:
            import_module("portable.tooling.dev.debugging").wait_for_debugger(order.debug)
        secrets = KnownSecrets(settings.project, LOOK, local)
        lines = Lines(sys.stdout, order.color)
        logging.getLogger().addHandler(Hearing(settings.folder.resolve(), lines.log))
        logging.getLogger().setLevel(logging.INFO)
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        sys.stdout, sys.stderr = Prints(sys.stdout), Prints(sys.stderr)
        found = load(settings, target)
        if isinstance(found, Broken):
            send(self._back, Failed(found.error, found.where, found.traceback))
            self._fault = found
            if not self._goes_on():
                return
            found = nothing(settings)
        secrets.named(names(found.app))
        Thread(target=import_module, args=(PROTOCOL,), daemon=True).start()  # while the disk is waited for
        with opening(settings.project):
            recorder = Recorder(journal_of(settings.project), secrets, lines.note, lines.ended)
        try:
            self._loop.run_until_complete(self._run(order, settings, found, recorder, lines, secrets.add, local))
        finally:
            recorder.close()

    def _goes_on(self) -> bool:
        """Return whether this process serves although its app does not load: another Go comes when nobody else serves."""
        return any(isinstance(message, Go) for message in self._messages)

    async def _run(
        self,
        order: Order,
        settings: Settings,
        loaded: Loaded,
        recorder: Recorder,
        lines: Lines,
        hide: Callable[[str], None],
        local: LocalResources,
    ) -> None:
        with opening(settings.project):
            resources = Resources(loaded.app, settings.project, order.origin, local)
        front = front_of(settings)
        choices = Choices(order.wire, order.schedules)
        running = Running(settings, loaded, resources, recorder, self._loop, lines.note, hide, choices)
        running.broken = self._fault
        ending = asyncio.Event()
        self._running = running
        hosts = (*order.hosts, *front.hosts)
        functions = Functions(
            running,
            partial(inside, running, resources.signer, order.token, hosts),
            None if front.static is None else Static(front.static),
            None if front.proxy is None else partial(proxy, front.proxy, hosts, ending, lines.note),
            None if order.hosts else front.hosts,  # whoever reaches it from elsewhere needs no browser's help
        )
        self._server = Server(configured(functions, front.proxy is not None, order.certificate), ending)
        gc.freeze()  # what is there from the beginning need not be looked at again and again
        gc.set_threshold(*GARBAGE)
        gc.enable()
        Thread(target=self._listen, name="portable-supervisor", daemon=True).start()
        serving = asyncio.ensure_future(self._server.serve(sockets=[self._socket]))
        running.start()
        await self._server.serves.wait()
        shown = [(function.name, title(function.trigger)) for function in loaded.app.functions]
        send(self._back, Serving(shown, names(loaded.app), front.shown(settings.project)))
        asked = asyncio.ensure_future(self._server.asked.wait())
        await asyncio.wait((serving, asked), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(serving, self._loop.run_in_executor(None, running.stop, PATIENCE))
        asked.cancel()
        resources.close()

    def _listen(self) -> None:
        """Do what the supervisor asks for. Its end is a request to stop."""
        for message in self._messages:
            if isinstance(message, Fault) and self._running is not None:
                self._running.broken = Broken(message.error, message.where, message.traceback)
            elif isinstance(message, Stop):
                break
        if self._running is not None:
            self._running.stopping = True
        server = self._server
        if server is not None:
            self._loop.call_soon_threadsafe(server.asked.set)


def serve(how: str, way: socket.socket) -> None:
    """Serve what the supervisor asks for at the other end of the way."""
    sys.setswitchinterval(SWITCH)
    if how == SPARE:
        here()
        import_module("portable.tooling.dev.inside")
    with way, way.makefile("wb") as told:
        way.set_inheritable(False)
        send(told, Ready())
        first, given, _, _ = socket.recv_fds(way, 1, 1)
        if first:
            with way.makefile("rb") as messages:
                Process(socket.socket(fileno=given[0]), asked(messages), told).run()


if __name__ == "__main__":
    begun, descriptor = sys.argv[1:]
    del sys.argv[1:]  # they are not for the app
    serve(begun, socket.socket(fileno=int(descriptor)))
