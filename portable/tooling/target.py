"""`Target`: everything that portable needs of an adapter. Found by the entry point group `portable.targets`, see docs/targets.md."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.facts import Facts

if TYPE_CHECKING:
    from portable.eventing.driver import HostedQueue
    from portable.tooling.infra.administering import Administering
    from portable.tooling.infra.blueprint import Blueprint
    from portable.tooling.infra.deploying import ByName, Deploying
    from portable.tooling.infra.files import Infrastructure
    from portable.tooling.infra.remote import Remote, Running
    from portable.tooling.infra.stage import Stage
    from portable.tooling.plan import Plan

MSGSPEC = "msgspec>=0.19"
"""The distribution that typed payloads and rows need at run time, on every target."""
PYJWT = "pyjwt[crypto]>=2.10"
"""The distribution that verifies the tokens of an identity provider, on every target."""
TRACES = "traces"
"""The key of `Target.requirements` for what its own exporter of spans needs; without it, spans go to a collector by OTLP."""
OTEL = "opentelemetry-sdk>=1.28"
"""The distribution that records the spans of calls, on every target."""
OTLP = (OTEL, "opentelemetry-exporter-otlp-proto-http>=1.28")
OBSTORE = "obstore>=0.12,<0.13"
"""The distribution that the core's bucket driver needs, for targets that use it."""


class Platform(Struct, frozen=True):
    """Where the target runs an artifact.

    `libc` is the C library under each Python that the host offers, as {"3.12": "glibc 2.34"} or "musl 1.2", the
    oldest Python first; `architectures` those it offers, as "x86_64"; `unzipped` the bytes an artifact may have
    unpacked, None where the provider sets no limit; `source` says where all this was read, and `date` when.
    """

    libc: Mapping[str, str]
    architectures: tuple[str, ...]
    source: str
    unzipped: int | None = None
    date: str = ""

    @property
    def pythons(self) -> tuple[str, ...]:
        """The Pythons that the host offers, oldest first."""
        return tuple(self.libc)


class Problem(Struct, frozen=True):
    """Something the target cannot do for an app. An error stops packaging, a gap is printed.

    `where` is "file:line". A problem of the settings has a `key` of the target's own table instead. `rule` is the short
    name of what was broken, `instead` says what to do. A gap that changes nothing for a caller or a message is a `note`:
    `portable check --strict` lets it pass.
    """

    message: str
    where: str | None = None
    error: bool = True
    key: str | None = None
    rule: str = "gap"
    instead: str = ""
    note: bool = False

    def text(self) -> str:
        """Return the message, and what to do."""
        return f"{self.message}; {self.instead}" if self.instead else self.message


class Reach(Struct, frozen=True):
    """What the drivers of a target need on the host of another one.

    `requirements` are distributions (PEP 508) by kind of resource, "" for what each kind needs. `variables` say who calls, and
    where what is called lies, beside the address of each resource: of each group one must be set. `keys` may be set: by them the
    SDK signs in where it finds no identity of the host.
    """

    requirements: Mapping[str, tuple[str, ...]]
    variables: tuple[tuple[str, ...], ...] = ()
    keys: tuple[str, ...] = ()


def reach_of(requirements: Mapping[str, tuple[str, ...]], *keys: str) -> Reach:
    """Return the Reach of drivers that need the same distributions on any host. Takes `Target.requirements`."""
    return Reach({kind: texts for kind, texts in requirements.items() if kind not in ("", TRACES)}, keys=keys)


class Options(Struct, frozen=True):
    """The settings of an app that planning needs: target Python, architecture, and the target's own table.

    `elsewhere` is the target whose drivers reach a kind of resource, where it is another one (`portable.tooling.elsewhere`).
    """

    python: str
    architecture: str
    table: Mapping[str, object]
    elsewhere: Mapping[str, Target] = MappingProxyType({})


class TestHost(Protocol):
    """A provider's host, which calls the entries of one app with events in the provider's own form."""

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request to the entry that its path leads to; `function` is None for a path that no function has."""
        ...

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver (id, event, attempt) and return the ids that failed; raise what makes the host deliver all again.

        Events are Message[bytes] of queues and topics, StoredObject of buckets, Tick of schedules.
        """
        ...

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Call the entry of a function with an event as it was recorded; return the response of an HTTP function."""
        ...


class ArtifactHost(TestHost, Protocol):
    """The same for a packaged artifact, in processes of its own, which are started when they are needed."""

    def log(self) -> str:
        """Return what the processes have written to their logs since the last call."""
        ...

    def close(self) -> None:
        """End the processes."""
        ...


class MakeHost(Protocol):
    """Makes the host of generated modules that run in this process."""

    def __call__(
        self,
        plan: Plan,
        load: Callable[[str], dict[str, Any]],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        remaining: Callable[[], float],
    ) -> TestHost:
        """Return the host of a plan.

        `load(path)` gives the names of a generated module, `run` runs a coroutine, `remaining` tells the seconds that
        the call that begins now has.
        """
        ...


class MakeArtifactHost(Protocol):
    """Makes the host of a packaged artifact."""

    def __call__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
        """Return the host of the artifact in a folder; each process gets the environment and `path` first of all."""
        ...


class TestKit(Struct, frozen=True):
    """What a target gives to the test kit, so that tests run on its wire format.

    `plain` turns a provider's event into JSON values, for `record`. `artifact` is None where no host process can be
    started here; `own_python` says that the artifact's host brings the Python that it runs on.
    """

    host: MakeHost
    plain: Callable[[Any], Any]
    artifact: MakeArtifactHost | None = None
    own_python: bool = False


class LocalResources(Protocol):
    """The resources of an app on this machine, for `portable invoke` and `portable dev`."""

    def addresses(self, app: AppModel, project: Path) -> dict[str, str]:
        """Return the `PORTABLE_…` variable of each resource and its address."""
        ...

    def drivers(self, project: Path) -> Any:
        """Return the `Drivers` that reach them."""
        ...

    def feeds(self, app: AppModel, project: Path) -> Mapping[str, HostedQueue]:
        """Return the queue that brings its events to each function, but for HTTP functions, by the function's name.

        What topics and streams send is copied to the queues of their functions from now on, and to no other queue.
        """
        ...


class Target(Protocol):
    """One place where functions run. Every method is pure: nothing is read from the network, no account is needed.

    What `remote` returns is the exception. An adapter's class inherits from this one, so that it need not write the
    methods that may return None.
    """

    name: str
    title: str
    package: str
    """The import package whose `runtime` ships, such as "portable_aws"."""

    @property
    def platform(self) -> Platform:
        """Where it runs an artifact."""
        ...

    keys: frozenset[str] = frozenset()
    """What [tool.portable.<name>] may hold beside the keys of [tool.portable] itself."""
    triggers: frozenset[str]
    """The kinds of triggers that there is an entry for. A function of another kind is refused before `check` is asked."""
    requirements: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """The distributions that the drivers of each kind of resource need (PEP 508); "" for what every app needs, "traces" for what
    its exporter of spans needs."""
    reach: Reach | None = None
    """What its drivers need on the host of another target; None where they work on its own host only."""
    domains: bool = False
    """Whether the infrastructure of the target gives an app a domain of its own."""
    cdn: bool = False
    """Whether the infrastructure of the target puts its network before a site with `cdn=True`."""
    streams: bool = False
    """Whether a streamed reply is sent piece by piece; else it is sent whole, up to a limit."""
    undivided: frozenset[str] = frozenset()
    """The kinds of resources of which a permission on one is a permission on all of the app's."""
    by_hand: str = "use its own tools"
    """What to do instead of `portable deploy`, for a target without `deploying`."""
    facts: Facts = Facts()
    """What the provider allows and how it behaves: `read_facts(Path(__file__).parent)`. Nothing is known unless a target says it."""

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what this target cannot do for the app, each with its place."""
        ...

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return what the bundle will hold. Called only when `check` found no error."""
        ...

    def infra(self, blueprint: Blueprint, stage: Stage) -> Infrastructure | None:
        """Return the infrastructure of an app in a stage; None when the target has none."""
        return None

    def deploying(self) -> Deploying | None:
        """Return what deploying differs in on this target; None when `infra` makes nothing."""
        return None

    def named(self) -> ByName | None:
        """Return where the data of a stage is, for a target without `deploying` whose resources are called by a rule."""
        return None

    def administering(self) -> Administering | None:
        """Return who may deploy to this target; None for a target that has no such thing."""
        return None

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return the commands that load an artifact the way the host does, one per entry, run in a clean process.

        Each prints one line of what it found and exits 0, or exits 1 with the user's own traceback on stderr.
        """
        ...

    def testing(self) -> TestKit | None:
        """Return what the test kit needs, or None if there is none. May import the provider's packages."""
        return None

    def local(self) -> LocalResources | None:
        """Return the resources of this machine, None for a target that runs elsewhere."""
        return None

    def remote(self) -> Callable[[Running], Remote] | None:
        """Return what makes the `Remote` of a stage; None for a target that has no such thing. Signing in comes later."""
        return None


def read_platform(file: Path) -> Platform:
    """Return the Platform in a target's `platform.toml`: source, architectures, unzipped and [libc]."""
    import tomllib

    data = tomllib.loads(file.read_text(encoding="utf-8"))
    libc, architectures = data["libc"], tuple(data["architectures"])
    return Platform(libc, architectures, data["source"], data.get("unzipped"), str(data.get("date", "")))
