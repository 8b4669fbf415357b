"""The role `work`: takes the messages, records, bucket events and due moments of functions, up to so many at the same time.

PORTABLE_WORK_THREADS is the most that one process handles at once, of all its functions together.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from time import perf_counter

from portable.base.drivers import variable_name
from portable.errors import Unavailable
from portable_container.runtime import nats_clients
from portable_container.runtime.engines import Engines
from portable_container.runtime.image import WORK
from portable_container.runtime.image_engines import address_of_event, is_partitioned, notes_of
from portable_container.runtime.nats_names import address_of, stream_name
from portable_container.runtime.needs import of_functions
from portable_container.runtime.variables import WORK_THREADS, whole_number
from portable_container.runtime.work import AT_ONCE, Worker
from portable_container.runtime.work_alone import Alone
from portable_container.runtime.work_depth import Depth
from portable_container.runtime.work_pool import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nats.aio.msg import Msg

    from portable_container.runtime.chosen import Chosen
    from portable_container.runtime.image import Event, Image
    from portable_container.runtime.measures import Measures
    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.nats_names import Address
    from portable_container.runtime.needs import Needs
    from portable_container.runtime.role import Role
    from portable_container.runtime.taking import Taker

_log = logging.getLogger("portable")


def role(image: Image, chosen: Chosen, measures: Measures) -> Role:
    """Return the role for the chosen functions. Raises ConfigurationError."""
    functions = [each for each in image.functions if chosen.runs(each.name)]
    engines = Engines(needs_of(image, chosen))
    threads = whole_number(os.environ, "PORTABLE_WORK_THREADS", WORK_THREADS, 1)
    return Work(nats_clients.shared(), functions, chosen.prefix, measures, threads, os.environ, engines.missing)


def needs_of(image: Image, chosen: Chosen) -> Needs:
    """Return what the chosen functions need."""
    called = [name for name in image.run_by(WORK) if chosen.runs(name)]
    return of_functions(image, chosen.prefix, called, os.environ, takes=True)


def address_in(environment: Mapping[str, str], prefix: str, function: Event) -> str:
    """Return the address of the consumers of a function. A variable may say that its queue, topic or stream is elsewhere."""
    stream, mark, consumer = address_of_event(prefix, function).partition("/")
    if function.kind in ("queue", "topic", "stream"):
        stream = environment.get(variable_name(function.kind, function.resource)) or stream
    return stream + mark + consumer


class Work:
    """A worker for each function."""

    name = WORK

    def __init__(
        self,
        nats: Nats,
        functions: Sequence[Event],
        prefix: str,
        measures: Measures,
        threads: int,
        environment: Mapping[str, str] = {},
        missing: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`prefix` is how the names of the stage begin; `threads` is the most that runs at once.

        `missing` returns which engine of the functions cannot be used, in words, None if all can.
        """
        self._environment = environment
        self._nats = nats
        self._functions = functions
        self._prefix = prefix
        self._measures = measures
        self._threads = threads
        self._missing = missing
        self._workers: list[Worker] = []
        self._started = False
        self._stopping = False

    def start(self) -> None:
        """Load the functions, and begin to take their events. Raises an error of the error tree if an engine is not there.

        It may be called again then. A version that was not migrated takes nothing: it would use up attempts.
        """
        takers = {each.name: import_module(each.module).handler for each in self._functions}
        missing = self._missing()
        if missing is not None:
            raise Unavailable(missing)
        self._nats.calls.call(self._nats.connected, "the role work")
        pool = Pool(self._nats, self._threads)
        self._workers = [self._worker(each, takers[each.name], pool) for each in self._functions]
        for worker in self._workers:
            worker.start()
        for function in self._functions:
            self._measure(function)
        self._started = True

    def ready(self) -> str | None:
        """Return what is missing, None when events are taken."""
        if self._stopping:
            return "it is stopping"
        if not self._started:
            return self._missing() or "it has not started"
        return (
            next((wrong for worker in self._workers if (wrong := worker.wrong()) is not None), None) or self._missing()
        )

    def stop(self, seconds: float) -> bool:
        """Take nothing more, give back what has not begun, and wait for what runs. Return whether all of it has ended."""
        self._stopping = True
        if not self._workers:
            return True
        with ThreadPoolExecutor(len(self._workers), thread_name_prefix="portable-stop") as pool:
            return all(list(pool.map(lambda worker: worker.stop(seconds), self._workers)))

    def _worker(self, function: Event, taker: Taker, pool: Pool) -> Worker:
        def handle(found: Msg, attempt: int | None = None) -> bool:
            begun, done = perf_counter(), False
            try:
                done = taker.take(found, attempt)
            finally:
                self._measures.called(function.name, perf_counter() - begun, not done)
            return done

        return Worker(
            self._nats,
            self._at(function),
            handle,
            lambda what: _log.warning("%s: %s", function.name, what),
            at_once=function.concurrency or AT_ONCE,
            partitioned=is_partitioned(function),
            backoff=function.backoff,
            timeout=taker.timeout,
            pool=pool,
            alone=Alone(self._nats, notes_of(self._prefix, function), function.attempts, handle),
        )

    def _at(self, function: Event) -> Address:
        return address_of(address_in(self._environment, self._prefix, function))

    def _measure(self, function: Event) -> None:
        """Let `/metrics` tell how much waits for a function, and for how long."""
        queue = function.resource if function.kind == "queue" else function.name
        at = self._at(function)
        self._measures.queue(queue, Depth(self._nats, at, partitioned=is_partitioned(function)).look)
        if function.dead_letters is not None:
            usual = stream_name(self._prefix, "queue", function.dead_letters)
            dead = address_of(self._environment.get(variable_name("queue", function.dead_letters)) or usual)
            self._measures.queue(function.dead_letters, Depth(self._nats, dead, partitioned=False).look_at_all)
