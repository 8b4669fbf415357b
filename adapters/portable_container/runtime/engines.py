"""Whether the engines of an app can be reached: takes a question to each; returns what is missing, in words.

An engine is asked by whoever wants to know, and not more often than every 5 s, or every second while it does not answer.
The question runs in a thread of its own, so that a probe gets its answer at once.
"""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from time import monotonic

from portable.errors import ConfigurationError
from portable_container.runtime.image import NATS, POSTGRES
from portable_container.runtime.image_engines import database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portable_container.runtime.image import Image
    from portable_container.runtime.schema_database import Database

_log = logging.getLogger("portable")
REST_SECONDS = 5.0
AGAIN_SECONDS = 1.0
PATIENCE_SECONDS = 3.0
"""How long an engine may take for an answer. Then it is missing until it has answered."""
FIRST_SECONDS = 1.0
"""How long the first who asks waits."""


class Engine:
    """One engine. `ask` raises an error if it does not answer."""

    def __init__(self, name: str, ask: Callable[[], object], clock: Callable[[], float] = monotonic) -> None:
        self._name = name
        self._ask = ask
        self._clock = clock
        self._lock = Lock()
        self._first = Event()
        self._asked: float | None = None
        self._next = 0.0
        self._wrong: str | None = "has not answered yet"

    def missing(self) -> str | None:
        """Return what is wrong with the engine, None if it has answered lately."""
        now = self._clock()
        with self._lock:
            if self._asked is None and now >= self._next:
                self._asked = now
                Thread(target=self._look, name=f"portable-look-{self._name}", daemon=True).start()
        self._first.wait(FIRST_SECONDS)
        asked, wrong = self._asked, self._wrong
        if wrong is None and asked is not None and now - asked > PATIENCE_SECONDS:
            wrong = f"has not answered for {now - asked:.0f} s"
        return None if wrong is None else f"{self._name} {wrong}"

    def _look(self) -> None:
        wrong = None
        try:
            self._ask()
        except NotMigrated as error:
            wrong = str(error)
        except ConfigurationError as error:
            wrong = f"cannot be used: {error}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine cannot be used
            wrong = f"cannot be used ({type(error).__name__})"
        if wrong is not None and wrong != self._wrong:  # who reads a log may not see what a probe was told
            _log.warning("%s %s", self._name, wrong)
        with self._lock:
            self._wrong = wrong
            self._next = self._clock() + (REST_SECONDS if wrong is None else AGAIN_SECONDS)
            self._asked = None
        self._first.set()


class NotMigrated(Exception):
    """The database has not what this version needs: `migrate` has not run yet."""


class Engines:
    """The engines and secrets that functions need."""

    def __init__(self, image: Image, functions: Iterable[str], prefix: str) -> None:
        """`functions` are the names of those that run here: a role has an account of no other engine."""
        functions = tuple(functions)
        asked = {engine for name in functions for engine in image.asks.get(name, ())}
        self._engines = [
            *([Engine("PostgreSQL", Migrated(database(image, prefix)).ask)] if POSTGRES in asked else []),
            *([Engine("NATS", _ask_nats)] if NATS in asked else []),
        ]
        self._secrets = sorted({secret for name in functions for secret in image.reads.get(name, ())})

    def missing(self) -> str | None:
        """Return what is missing, None if every engine has answered lately and every secret can be read."""
        found = (*(engine.missing() for engine in self._engines), *map(_unread, self._secrets))
        return "; ".join(each for each in found if each is not None) or None


class Migrated:
    """The database of a version: until it was migrated, nothing of the version can be served."""

    def __init__(self, wanted: Database) -> None:
        self._wanted = wanted
        self._seen = False

    def ask(self) -> None:
        """Raise an error if the database does not answer, and NotMigrated if it has not what the version needs."""
        from portable.errors import Throttled
        from portable_container.runtime.clients import shared
        from portable_container.runtime.schema import is_ready

        try:
            with shared().lend() as connection:
                connection.limit = PATIENCE_SECONDS
                if self._seen:
                    connection.rows("SELECT 1", ())
                elif not is_ready(connection, self._wanted):
                    raise NotMigrated("has not what this version needs: run `migrate`")
                self._seen = True
        except Throttled:  # all connections of this process are in use, so the server is there
            return


def _unread(secret: str) -> str | None:
    """Return in words why a secret cannot be read, None if it can."""
    from portable.base.drivers import variable
    from portable_container.runtime.addresses import own_variable
    from portable_container.runtime.settings import read_secret

    try:
        read_secret(variable("SECRET", secret))
    except ConfigurationError as error:
        return f'secret "{secret}" is missing: {error}. Mount it as a file, or start with the variable {own_variable(secret)}'
    return None


def _ask_nats() -> None:
    from portable.errors import Unavailable
    from portable_container.runtime.nats_clients import shared
    from portable_container.runtime.nats_loop import flush

    nats = shared()
    client = nats.connected()

    async def ask() -> None:
        await flush(client, PATIENCE_SECONDS)
        if not client.is_connected:  # a connection that breaks ends all that waits for it as if it had been answered
            raise Unavailable("the connection is broken")

    nats.run(ask())
