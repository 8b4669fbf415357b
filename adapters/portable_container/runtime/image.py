"""`Image`: what an app is in a container, without a stage: data that packaging writes into `portable_start.py`.

The names of all that an engine holds follow from it and from the stage, which is known when the image starts: see `addresses`
and `image_engines`.
"""

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from portable.eventing.queue import Queue
    from portable_container.runtime.persistence_columns import Shape

SERVE, WORK, SCHEDULE = "serve", "work", "schedule"
ROLES = (SERVE, WORK, SCHEDULE)
"""The roles of an image. Each is an identity, too: that of the HTTP functions, of all other functions, and of the leader."""
DEPLOY = "deploy"
"""The identity that makes streams and tables. No function has it."""
POSTGRES, NATS, STORE = "postgres", "nats", "store"
"""The engines. STORE is an identity, too: that of a store that publishes what becomes of its objects. No function has it."""


class Event(Value):
    """One function that is not called by HTTP.

    `kind` is that of its trigger: queue, topic, stream, object or schedule. `module` is the generated module whose
    `handler` takes its events, `resource` the declared name of what brings them, "" for a schedule. `timeout` and
    `backoff` are in seconds. `concurrency` is the most calls at once in one process, None for no limit of its own.
    `ordered` says whether the next event of a group waits for the one before. `start` is where a new function begins in
    a topic or stream: with "all" or with what is "new". `dead_letters` is the queue of what failed at each attempt.
    """

    name: str
    kind: str
    module: str
    resource: str
    identity: str
    timeout: int
    attempts: int
    backoff: float | None = None
    concurrency: int | None = None
    ordered: bool = False
    start: str = "new"
    dead_letters: str | None = None
    expression: str = ""
    timezone: str = "UTC"
    days: int = 1


class Use(Value):
    """What a function's clients do with a resource: its kind, its declared name, and their actions."""

    kind: str
    resource: str
    actions: tuple[str, ...]


class Image(Value):
    """All functions and resources of an app. `http` is the module of its HTTP functions, None if it has none; `served` are
    the names of these functions, `functions` are all others.

    `tables` are shapes (`portable.persistence.shape.describe`), `queues` those of dead letters too. `rights` maps each
    identity to what its functions do in tables: portable actions by the table's name. `environment` is what functions
    declare. By the function's name, `asks` are the engines that each function talks to, `reads` its secrets, and `uses` what
    it does with queues, topics, streams and buckets. `wants` are the variables that must be set for what other clouds hold:
    of each group one.
    """

    app: str
    http: str | None = None
    served: tuple[str, ...] = ()
    functions: tuple[Event, ...] = ()
    tables: tuple[Shape, ...] = ()
    queues: tuple[Queue, ...] = ()
    topics: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    rights: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    environment: Mapping[str, str] = {}
    asks: Mapping[str, tuple[str, ...]] = {}
    wants: tuple[tuple[str, ...], ...] = ()
    reads: Mapping[str, tuple[str, ...]] = {}
    uses: Mapping[str, tuple[Use, ...]] = {}

    def of_kind(self, kind: str) -> list[Event]:
        """Return the functions with a kind of trigger."""
        return [function for function in self.functions if function.kind == kind]

    def identity_of(self, name: str) -> str:
        """Return the identity of a function: that of its role, or its own name."""
        held = {function.name: function.identity for function in self.functions}
        isolated = name in self.rights and name not in ROLES
        return held.get(name) or (name if isolated else SERVE)

    def run_by(self, role: str, *, events: bool = False) -> tuple[str, ...]:
        """Return the functions that a role calls. With `events`, `serve` calls those of CloudEvents too."""
        taken = tuple(function.name for function in self.functions)
        return {SERVE: (*self.served, *(taken if events else ())), WORK: taken}.get(role, ())

    def watched(self) -> list[str]:
        """Return the buckets whose events call a function, each once."""
        return list(dict.fromkeys(function.resource for function in self.of_kind("object")))

    @property
    def needs_postgres(self) -> bool:
        """Whether anything of it is kept in PostgreSQL: rows, or due moments and who leads."""
        return bool(self.tables or self.of_kind("schedule"))

    @property
    def needs_nats(self) -> bool:
        """Whether anything of it goes through NATS."""
        return bool(self.queues or self.topics or self.streams or self.functions)
