"""Starts an image: its `Image` and a command line in, roles or a command run, the exit code out.

Roles run together in one process, beside a server for probes and metrics. SIGTERM and SIGINT end them: each finishes what it
does, within PORTABLE_STOP_SECONDS. A second signal ends the process at once.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from portable.base.logs import install
from portable.errors import ConfigurationError, PortableError, Throttled, Timeout, Unavailable
from portable_container.runtime.addresses import STAGE, addresses, check_wants
from portable_container.runtime.chosen import choose
from portable_container.runtime.engine_variables import check_engines, misspelt
from portable_container.runtime.image import NATS, POSTGRES, SCHEDULE, SERVE, WORK
from portable_container.runtime.logs import SHAPE
from portable_container.runtime.paths import LIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from portable_container.runtime.chosen import Chosen
    from portable_container.runtime.image import Image
    from portable_container.runtime.measures import Measures
    from portable_container.runtime.role import Role

    T = TypeVar("T")

AGAIN_SECONDS = 1.0
"""How long it waits before it asks an engine again that is not there yet."""
MIGRATE_SECONDS = 300.0
"""How long `migrate` and `prune` wait for an engine that starts."""
_PASSING = (Throttled, Timeout, Unavailable)
_log = logging.getLogger("portable")


class Signals:
    """The signals that end this process. The second one ends it at once."""

    def __init__(self) -> None:
        self._came: SimpleQueue[int] = SimpleQueue()  # `put` may be called by a signal handler
        self._asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until a signal has come, or for `seconds`. Return whether one has.

        A signal that the system hands to another thread does not wake this one, so it looks each second.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while not self._asked:
            left = AGAIN_SECONDS if end is None else min(AGAIN_SECONDS, end - time.monotonic())
            try:
                self._came.get(timeout=max(0.0, left))
            except Empty:
                if end is not None and time.monotonic() >= end:
                    return False
        return True

    def _handle(self, number: int, _frame: object) -> None:
        if self._asked:
            os._exit(128 + number)
        self._asked = True
        self._came.put(number)


def main(image: Image, arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code. Problems are logged, or told on stderr by a command."""
    install(lambda: SHAPE)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        chosen = choose(image, given, os.environ)
        if chosen.command == "healthy":
            return _healthy(chosen)
        named = {"OTEL_SERVICE_NAME": image.app}
        os.environ.update({**named, **image.environment, **os.environ, "PORTABLE_TARGET": "container"})
        known = addresses(image, {})
        for line in misspelt(known, os.environ):
            _log.warning("%s", line)
        os.environ.update(addresses(image, os.environ))
        if chosen.command is not None:
            return _command(image, chosen)
        return _run(image, chosen)
    except PortableError as error:
        _log.error("%s", error)
    except Exception:  # noqa: BLE001 - such as a module of the app that cannot be imported
        _log.exception("%s could not start", image.app)
    return 1


def _run(image: Image, chosen: Chosen) -> int:
    if not chosen.roles:
        raise ConfigurationError(f"{image.app} has no functions that a role runs")
    from portable_container.runtime.admin import Admin
    from portable_container.runtime.measures import Measures

    check_wants(image, os.environ)
    check_engines(_asked(image, chosen), os.environ)
    signals, measures = Signals(), Measures()
    roles = [_role(name)(image, chosen, measures) for name in chosen.roles]
    admin = Admin(chosen.host, chosen.admin_port, roles, measures)
    admin.start()
    _log.info("%s: %s, %s", image.app, ", ".join(chosen.roles), _stage(chosen))
    ended = False
    try:
        if all(_started(role, signals) for role in roles):
            signals.wait()
        _log.info("%s: stopping", image.app)
    finally:
        ended = _stopped(roles, chosen.stop_seconds)
        admin.stop()
    if not ended:
        _log.warning("not all that ran has ended within %g s; what was not done comes again", chosen.stop_seconds)
        logging.shutdown()
        os._exit(1)  # a thread that hangs would keep the process
    return 0


def _asked(image: Image, chosen: Chosen) -> set[str]:
    """Return the engines that the roles talk to."""
    called = {name for role in chosen.roles for name in image.run_by(role, events=chosen.events) if chosen.runs(name)}
    asked = {engine for name in called for engine in image.asks.get(name, ())}
    if SCHEDULE in chosen.roles:
        fires = any(chosen.runs(each.name) for each in image.of_kind("schedule"))
        asked |= {POSTGRES, NATS} if fires else {POSTGRES}
    return asked


def _role(name: str) -> Callable[[Image, Chosen, Measures], Role]:
    """Return what makes a role. Only the chosen ones are imported."""
    if name == SERVE:
        from portable_container.runtime import serving

        return serving.role
    if name == WORK:
        from portable_container.runtime import working

        return working.role
    from portable_container.runtime import scheduling

    return scheduling.role


def _started(role: Role, signals: Signals) -> bool:
    """Start a role, however long its engines take to start. Return False if the process is to end."""
    told = None
    while True:
        try:
            role.start()
            return True
        except _PASSING as error:
            if str(error) != told:
                told = str(error)
                _log.warning("%s cannot start yet: %s", role.name, told)
        if signals.wait(AGAIN_SECONDS):
            return False


def _stopped(roles: Sequence[Role], seconds: float) -> bool:
    """Stop all roles at the same time. Return whether everything has ended."""
    with ThreadPoolExecutor(len(roles), thread_name_prefix="portable-stop") as pool:
        return all(list(pool.map(lambda role: role.stop(seconds), roles)))


def _command(image: Image, chosen: Chosen) -> int:
    from portable_container.runtime.migrate import migrate, prune

    asked = {POSTGRES: image.needs_postgres, NATS: image.needs_nats}
    check_engines([engine for engine, is_asked in asked.items() if is_asked], os.environ)
    if chosen.command == "migrate":
        done = _patient(lambda: list(migrate(image, chosen.prefix, os.environ)))
    else:
        done = _patient(lambda: list(prune(image, chosen.prefix)))
    for line in done:
        _log.info("%s: %s", chosen.command, line)
    _log.info("%s: %s is done, %s", image.app, chosen.command, _stage(chosen))
    return 0


def _stage(chosen: Chosen) -> str:
    """Return the words for the stage. They say where it comes from if nobody has chosen it."""
    return f"stage {chosen.stage}{'' if os.environ.get(STAGE) else f', because {STAGE} is not set'}"


def _patient(action: Callable[[], T]) -> T:
    end = time.monotonic() + MIGRATE_SECONDS
    while True:
        try:
            return action()
        except _PASSING as error:
            if time.monotonic() > end:
                raise
            _log.warning("an engine does not answer yet: %s", error)
        time.sleep(AGAIN_SECONDS)


def _healthy(chosen: Chosen) -> int:
    from urllib.error import URLError
    from urllib.request import urlopen

    host = "127.0.0.1" if chosen.host in ("0.0.0.0", "::") else chosen.host  # noqa: S104 - it is compared
    try:
        with urlopen(f"http://{host}:{chosen.admin_port}{LIVE}", timeout=5) as answer:
            return 0 if answer.status < 300 else 1
    except (OSError, URLError) as error:
        _log.error("nothing answers: %s", error)
        return 1
