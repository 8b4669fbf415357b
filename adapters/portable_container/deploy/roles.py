"""What runs of an app on its own machines: a blueprint in, the roles of its image and the engines that they need out.

The functions of one role share a process, so they share its memory, its account and its environment. `isolate` gives a
function a role of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.grouping import grouped
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.infra.places import reached
from portable.tooling.infra.stage import shortened
from portable_container.deploy.image import engines_of
from portable_container.runtime.chosen import ADMIN_PORT, PORT
from portable_container.runtime.image import DEPLOY, NATS, POSTGRES, SCHEDULE, SERVE, STORE, WORK, Image
from portable_container.runtime.variables import THREADS, WORK_THREADS

MIGRATE = "migrate"
EVENTS = "events"
"""What services of Knative that take events begin with."""
LONGEST = 50
"""Characters of the name of a role. KEDA and Knative make longer names of it, and 63 are the limit (RFC 1123 label)."""
LEAST_MEMORY = 128
SPARE_SECONDS = 5
"""What a role that stops gets beside the time of its longest function."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role of the image. `kind` is serve, work, schedule or migrate; `name` is a DNS label that no other role has.

    `engines` are those that it talks to, and `secrets` the names of the app's secrets that its functions read.
    """

    name: str
    kind: str
    identity: str
    functions: tuple[DeployedFunction, ...]
    engines: frozenset[str]

    @property
    def events(self) -> str:
        """What the service of Knative is called that takes the events of its functions."""
        return f"{EVENTS}{self.name.removeprefix(WORK)}"

    @property
    def memory(self) -> int:
        """MB: the most that one of its functions asks for."""
        return max([LEAST_MEMORY, *(function.memory for function in self.functions)])

    @property
    def stop_seconds(self) -> int:
        """How long what runs may take to end."""
        return max([function.timeout for function in self.functions], default=SPARE_SECONDS)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the app's secrets that its functions read."""
        found = {name for function in self.functions for kind, name in reached(function) if kind == "secret"}
        return tuple(sorted(found))

    def arguments(self, admin_port: int = ADMIN_PORT) -> list[str]:
        """Return the arguments of the image."""
        if self.kind == MIGRATE:
            return [MIGRATE]
        ports = ["--host", "0.0.0.0", "--admin-port", str(admin_port)]  # noqa: S104 - a container's own network
        if self.kind == SCHEDULE:
            return [SCHEDULE, *ports]
        named = ["--functions", ",".join(function.name for function in self.functions)]
        return [self.kind, *named, *ports, *(["--port", str(PORT)] if self.kind == SERVE else [])]


def roles(blueprint: Blueprint) -> tuple[Role, ...]:
    """Return the roles that run all the time: serve, work, those of isolated functions, and schedule."""
    kinds = ((SERVE if one.trigger["kind"] == "http" else WORK, one) for one in blueprint.functions)
    found = []
    together = grouped(((kind, one.identity), one) for kind, one in kinds)
    for (kind, identity), functions in sorted(
        together.items(), key=lambda each: (each[0][0] == WORK, each[0][0] != each[0][1])
    ):
        name = kind if identity == kind else shortened(f"{kind}-{identity}", LONGEST)
        found.append(Role(name, kind, identity, tuple(functions), _engines(functions)))
    if has_schedule_role(blueprint):
        fires = {NATS} if any(one.trigger["kind"] == "schedule" for one in blueprint.functions) else set()
        found.append(Role(SCHEDULE, SCHEDULE, SCHEDULE, (), frozenset({POSTGRES, *fires})))
    return tuple(found)


def optional(role: Role) -> tuple[str, ...]:
    """Return the variables that only the place knows where a role runs, and that may be missing."""
    signs = any(grant.kind == "bucket" and "sign" in grant.actions for one in role.functions for grant in one.grants)
    of_kind = {
        SERVE: ("PORTABLE_PROXY", "PORTABLE_THREADS", COLLECTOR),
        WORK: ("PORTABLE_WORK_THREADS", COLLECTOR),
        MIGRATE: ("PORTABLE_NATS_REPLICAS", "PORTABLE_NATS_TAGS") if NATS in role.engines else (),
    }
    return (*of_kind.get(role.kind, ()), *(("PORTABLE_S3_PUBLIC_ENDPOINT",) if signs else ()))


COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
OPTIONAL = {
    "PORTABLE_PROXY": "how many proxies stand before serve, such as 1: without it X-Forwarded-For is not believed",
    "PORTABLE_THREADS": f"the threads of serve ({THREADS})",
    "PORTABLE_WORK_THREADS": f"how many events one process of work handles at once ({WORK_THREADS})",
    COLLECTOR: "where traces go if `otel` is on, such as http://collector.observability:4318",
    "PORTABLE_NATS_REPLICAS": "how many servers of NATS keep each stream (1)",
    "PORTABLE_NATS_TAGS": "the tags of these servers",
    "PORTABLE_S3_PUBLIC_ENDPOINT": "where browsers reach the store, such as https://files.example.com: signed URLs lead there",
}
"""What each of these variables says."""


def has_schedule_role(blueprint: Blueprint) -> bool:
    """Say whether anything is to be fired by time or to be swept away."""
    timed = any(function.trigger["kind"] == "schedule" for function in blueprint.functions)
    return timed or sweeps(blueprint)


def sweeps(blueprint: Blueprint) -> bool:
    """Say whether rows expire."""
    return any(one.kind == "table" and one.options.get("ttl") is not None for one in blueprint.resources)


def migrate(image: Image) -> Role:
    """Return the role that makes schema, streams and accounts, and ends. It has the administrators' accounts."""
    return Role(MIGRATE, MIGRATE, DEPLOY, (), engines(image) - {STORE})


def engines(image: Image) -> frozenset[str]:
    """Return the engines that the app needs, also for resources that no function uses: `migrate` makes them all."""
    asked = {POSTGRES: image.needs_postgres, NATS: image.needs_nats, STORE: bool(image.buckets)}
    return frozenset(engine for engine, is_asked in asked.items() if is_asked)


def _engines(functions: list[DeployedFunction]) -> frozenset[str]:
    return frozenset(engine for function in functions for engine in engines_of(function))
