"""`portable dev` in this process: an app of a module, its server without a socket, its workers and its journal."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any, NamedTuple

from portable.testing.app import App, load_modules
from portable.tooling.app.settings import Settings
from portable.tooling.app.tracing import traced
from portable.tooling.dev.hearing import Hearing
from portable.tooling.dev.http import Functions
from portable.tooling.dev.inside import inside
from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.journal.writing import Recorder
from portable.tooling.dev.loading import Loaded
from portable.tooling.dev.resources import Resources
from portable.tooling.dev.running import Choices, Running
from portable.tooling.dev.secrets import KnownSecrets, names
from portable.tooling.dev.state import journal_of, state_of

PATIENCE = 10.0


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes


class Dev:
    """An app that runs. `said` is what it told in words."""

    def __init__(self, running: Running, server: Any, loop: asyncio.AbstractEventLoop, said: list[str]) -> None:
        self.running = running
        self.said = said
        self._server = server
        self._loop = loop

    def http(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request; `content_type` is the header content-type."""
        raw, _, query = path.partition("?")
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": [*([] if "host" in headers else [(b"host", b"127.0.0.1:8000")]), *pairs],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": body}]

        async def receive() -> Any:
            return waiting.pop() if waiting else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run_coroutine_threadsafe(self._server(scope, receive, send), self._loop).result(PATIENCE)
        return Answer(
            sent[0]["status"],
            {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]},
            b"".join(message.get("body", b"") for message in sent[1:]),
        )

    def all(self, **filters: Any) -> list[Details]:
        """Return the invocations that have been written, the oldest first."""
        self.running.recorder.settle()
        journal = self.running.journal
        found = [journal.one(row.id) for row in journal.recent(1000, **filters)]
        return [details for details in reversed(found) if details is not None]

    def wait(self, ready: Callable[[list[Details]], Any], **filters: Any) -> list[Details]:
        """Wait until the invocations are as they should be, and return them."""
        end = time.monotonic() + PATIENCE
        while True:
            found = self.all(**filters)
            if ready(found):
                return found
            assert time.monotonic() < end, [(d.function, d.outcome, d.error) for d in found]
            time.sleep(0.04)  # each look reads the whole journal

    def ended(self, function: str, outcome: str, count: int = 1) -> list[Details]:
        """Wait until so many invocations of a function have ended in a way, and return all of that function."""
        return self.wait(lambda found: sum(d.outcome == outcome for d in found) >= count, function=function)


@contextmanager
def dev(project: Path, under: App | list[ModuleType], wire: str = "", *, otel: bool = False) -> Iterator[Dev]:
    """Run an app, or that of modules; its data are in the folder of a project."""
    app = under if isinstance(under, App) else load_modules(under)
    app = replace(app, model=traced(app.model, otel))
    folder = app.folder
    settings = Settings(folder, project, app.model.name, tuple(app.model.modules))
    said: list[str] = []
    with (
        loaded(settings, Loaded(app.model, app.handlers, app.resources), said, wire) as here,
        heard(folder),
    ):
        signer, running = here.resources.signer, here.running
        running.start()
        try:
            yield Dev(running, Functions(running, lambda: inside(running, signer, "token")), here.loop, said)
        finally:
            running.stop(PATIENCE)


class Here(NamedTuple):
    """An app that runs, before anything is delivered."""

    running: Running
    resources: Resources
    loop: asyncio.AbstractEventLoop


@contextmanager
def loaded(settings: Settings, found: Loaded, said: list[str], wire: str = "") -> Iterator[Here]:
    """Run an app that is loaded. Nothing is delivered before it is started."""
    before = dict(os.environ)
    secrets = KnownSecrets(settings.project)
    secrets.named(names(found.app))
    state_of(settings.project)
    recorder = Recorder(journal_of(settings.project), secrets, said.append)
    resources = Resources(found.app, settings.project, "http://127.0.0.1:8000")
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        running = Running(settings, found, resources, recorder, loop, said.append, secrets.add, Choices(wire))
        yield Here(running, resources, loop)
    finally:
        recorder.close()
        resources.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def heard(folder: Path) -> Iterator[None]:
    """Note what handlers log, as a serving process does."""
    hearing, root = Hearing(folder, lambda _level, _text: None), logging.getLogger()
    level = root.level
    root.addHandler(hearing)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(hearing)
        root.setLevel(level)
