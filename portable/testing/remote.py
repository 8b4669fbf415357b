"""The test's end of `--artifact`: takes requests of host processes; returns the resources of the test's world."""

from __future__ import annotations

import logging
import pickle
import secrets
import threading
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from portable.base.log_lines import METRICS
from portable.errors import HTTPError
from portable.testing.session.session import Session
from portable.testing.world.observing import Observer
from portable.tooling.app.kinds.registry import EVENTS

HOSTED = Path(__file__).with_name("hosted")
"""The folder that host processes have first on their path."""


class HandlerError(Exception):
    """What a handler raised in a host process; `host_traceback` is the one there."""

    def __init__(self, kind: str, message: str, traceback: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.host_traceback = traceback


class Remote:
    """Answers the host processes of one app, one thread for each connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._key = secrets.token_bytes(16)
        self._lock = threading.RLock()
        self._listener = Listener(("127.0.0.1", 0), authkey=self._key)
        self._open = True
        threading.Thread(target=self._accept, name="portable-artifact", daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a host process finds the test."""
        host, port = self._listener.address
        events = {f"{event.__module__}:{event.__name__}" for event in EVENTS}
        return {
            "PORTABLE_KIT_ADDRESS": f"{host}:{port}",
            "PORTABLE_KIT_KEY": self._key.hex(),
            "PORTABLE_KIT_EVENTS": " ".join(sorted(events)),
        }

    def close(self) -> None:
        """Take no more connections."""
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with connection:
            while True:
                try:
                    request = connection.recv()
                except (EOFError, OSError):
                    return
                with self._lock:
                    try:
                        answer: tuple[bool, Any] = (True, self._answer(*request))
                    except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
                        answer = (False, _travelling(error))
                try:
                    connection.send(answer)
                except Exception as error:  # noqa: BLE001 - what cannot travel must not end the line
                    connection.send((False, RuntimeError(f"{request[:1]}: the answer cannot travel: {error}")))

    def _answer(self, what: str, *request: Any) -> Any:
        drivers, observer = self._session.drivers, self._session.world.observer
        if what == "resource":
            resource, method, arguments, options = request
            result = getattr(drivers.of(resource), method)(*arguments, **options)
            return result.read() if method == "open" else result
        if what in ("secret", "setting", "key_set"):
            return getattr(drivers, what)(*request)
        if what == "signed_in":
            return self._session.known.named(*request)
        if what == "begin":
            name, attempt, event = request
            return observer.begin(name, attempt, None if event is None else _arrived(event))
        if what == "metric":
            observer.record_log(logging.makeLogRecord({"name": METRICS, "metric": request[0]}))
            return None
        function, error, answered = request
        _end(observer, error, answered=answered and self._session.app.functions[function].trigger["kind"] == "http")
        return None


def _end(observer: Observer, error: tuple[str, str, str] | None, *, answered: bool) -> None:
    if error is None:
        observer.end(None)
    elif answered:
        observer.end(HTTPError(0, error[1]))
    else:
        observer.end(HandlerError(*error))


def _arrived(event: bytes) -> Any:
    """Return the event of a call, None when a type of its payload is unknown here."""
    try:
        return pickle.loads(event)  # noqa: S301 - of a process that we started
    except Exception:  # noqa: BLE001 - anything may be wrong with it
        return None


def _travelling(error: Exception) -> Exception:
    """Return an error that arrives as what it is, or as a RuntimeError that tells it."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - anything may be wrong with it
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
