"""Whether the engines of an app can be reached: takes a question to each; returns what is missing, in words.

An engine is asked by whoever wants to know, and not more often than every 5 s, or every second while it does not answer.
The question runs in a thread of its own, so that a probe gets its answer at once.
"""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from time import monotonic

from portable.errors import ConfigurationError, PermissionDenied, PortableError
from portable_container.runtime.image import NATS, POSTGRES, STORE
from portable_container.runtime.probe import PATIENCE_SECONDS, Lacking
from portable_container.runtime.probe_nats import NatsProbe
from portable_container.runtime.probe_postgres import PostgresProbe
from portable_container.runtime.probe_store import StoreProbe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from portable_container.runtime.needs import Needs

_log = logging.getLogger("portable")
REST_SECONDS = 5.0
AGAIN_SECONDS = 1.0
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
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine cannot be used
            wrong = " ".join(_said(error).split())  # libpq has several lines
        if wrong is not None and wrong != self._wrong:  # who reads a log may not see what a probe was told
            _log.warning("%s %s", self._name, wrong)
        with self._lock:
            self._wrong = wrong
            self._next = self._clock() + (REST_SECONDS if wrong is None else AGAIN_SECONDS)
            self._asked = None
        self._first.set()


class Engines:
    """The engines and secrets that a role needs."""

    def __init__(self, needs: Needs) -> None:
        questions = {
            POSTGRES: ("PostgreSQL", PostgresProbe(needs).ask),
            NATS: ("NATS", NatsProbe(needs).ask),
            STORE: ("the store", StoreProbe(needs.buckets).ask),
        }
        self._engines = [Engine(*asked) for engine, asked in questions.items() if engine in needs.engines]
        self._secrets = needs.secrets

    def missing(self) -> str | None:
        """Return what is missing, None if every engine has answered lately and every secret can be read."""
        found = (*(engine.missing() for engine in self._engines), *map(_unread, self._secrets))
        return "; ".join(each for each in found if each is not None) or None


def _said(error: Exception) -> str:
    """Return what an error says of an engine. No error of the tree has a password in its text, which others may have."""
    if isinstance(error, Lacking):
        return str(error)
    if isinstance(error, PermissionDenied):
        return f"refused the account: {error}"
    if isinstance(error, ConfigurationError):
        return f"cannot be used: {error}"
    if isinstance(error, PortableError):
        return f"cannot be reached: {error}"
    return f"cannot be used ({type(error).__name__})"


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
