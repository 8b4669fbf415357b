"""The role `schedule`: one leader of all processes publishes due moments for the role `work`, and removes what has expired.

A moment is published under its id, and its stream drops copies of an id. So whatever happens to leaders, a moment is there
once.
"""

from __future__ import annotations

import logging
from os import getpid
from socket import gethostname
from threading import Event as Flag
from threading import Thread
from uuid import uuid4

from portable.errors import PortableError
from portable.eventing.due import due
from portable_container.runtime import clients, nats_clients
from portable_container.runtime.due import Scheduler
from portable_container.runtime.engines import Engines
from portable_container.runtime.eventing_wire import UNIQUE
from portable_container.runtime.image import SCHEDULE
from portable_container.runtime.image_engines import address_of_event
from portable_container.runtime.leases import SECONDS
from portable_container.runtime.nats_clients import read
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.needs import of_schedule
from portable_container.runtime.persistence_sweep import sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from portable_container.runtime.chosen import Chosen
    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.due import DueMoment
    from portable_container.runtime.image import Event, Image
    from portable_container.runtime.measures import Measures
    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.needs import Needs
    from portable_container.runtime.persistence_columns import Shape
    from portable_container.runtime.role import Role

SWEEP_SECONDS = 60.0
"""How often the leader removes expired rows."""
REST_SECONDS = 0.2
"""The pause after each statement that removes rows, so that they do not take the database from others."""
_log = logging.getLogger("portable")


def role(image: Image, chosen: Chosen, measures: Measures) -> Role:
    """Return the role for the chosen schedules."""
    functions = [each for each in image.of_kind("schedule") if chosen.runs(each.name)]
    nats, missing = nats_clients.shared() if functions else None, Engines(needs_of(image, chosen)).missing
    made = Schedule(clients.shared(), nats, functions, image.tables, chosen.prefix, missing=missing)
    measures.leads(made.leads)
    return made


def needs_of(image: Image, chosen: Chosen) -> Needs:
    """Return what the leader of the chosen schedules needs."""
    return of_schedule(
        image, chosen.prefix, [each.name for each in image.of_kind("schedule") if chosen.runs(each.name)]
    )


class Schedule:
    """Leads, or waits to lead."""

    name = SCHEDULE

    def __init__(
        self,
        postgres: Postgres,
        nats: Nats | None,
        functions: Sequence[Event],
        tables: Sequence[Shape],
        prefix: str,
        seconds: float = SECONDS,
        missing: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`prefix` is the schema, and how the names of streams begin. The lead lasts `seconds` without its leader.

        `missing` returns which engine cannot be used, in words, None if all can.
        """
        self._missing = missing
        self._functions = {each.name: each for each in functions}
        self._places = {each.name: address_of(address_of_event(prefix, each)) for each in functions}
        self._postgres = postgres
        self._nats = nats
        self._tables = tables
        self._schema = prefix
        holder = f"{gethostname()} {getpid()} {uuid4().hex[:8]}"  # on Kubernetes the first is the name of the pod
        self._scheduler = Scheduler(postgres, prefix, self._functions, self.moments, self._fire, holder, seconds)
        self._stopped = Flag()
        self._threads = [
            Thread(target=self._scheduler.run, args=[self._stopped], name="portable-schedule", daemon=True),
            Thread(target=self._clean, name="portable-sweep", daemon=True),
        ]
        self._started = False

    def start(self) -> None:
        """Begin."""
        self._started = True
        for thread in self._threads:
            thread.start()

    def ready(self) -> str | None:
        """Return what is missing, None when this process leads or would take over."""
        if self._stopped.is_set():
            return "it is stopping"
        if not self._started:
            return "it has not started"
        return self._missing() or self._scheduler.wrong()

    def leads(self) -> bool:
        """Return whether this process is the leader."""
        return self._scheduler.lease.left() > 0

    def stop(self, seconds: float) -> bool:
        """Hand the lead over. Return whether it was done within `seconds`."""
        self._stopped.set()
        if not self._started:
            return True
        self._threads[0].join(seconds)
        return not self._threads[0].is_alive()

    def moments(self, function: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the due moments of a function from `start` up to, not including, `end`."""
        found = self._functions[function]
        return due({"expression": found.expression, "timezone": found.timezone, "days": found.days}, start, end)

    def _fire(self, moment: DueMoment) -> None:
        """Publish a due moment. Raises an error of the error tree; then it is published again under the same id."""
        nats, at = self._nats, self._places[moment.function]
        assert nats is not None  # there is a function
        body, headers = moment.due.isoformat().encode(), {UNIQUE: moment.id}

        def publishing() -> None:
            try:
                read(nats.ask(at.subject, body, headers))
            except Exception as error:
                nats.check(error, f"STREAM.INFO.{at.stream}")
                raise

        nats.calls.once(publishing, f'schedule "{moment.function}" (JetStream {at.stream})')

    def _clean(self) -> None:
        """Remove expired rows and old moments while this process leads."""
        while not self._stopped.wait(SWEEP_SECONDS):
            if not self.leads():
                continue
            try:
                removed = sweep(self._postgres, self._schema, self._tables, self._may_go_on)
                self._scheduler.forget()
            except PortableError as error:
                _log.warning("expired rows: %s", error)  # the next round tries again
                continue
            if removed:
                _log.info("%d expired rows were removed", removed)

    def _may_go_on(self) -> bool:
        return not self._stopped.wait(REST_SECONDS) and self.leads()
