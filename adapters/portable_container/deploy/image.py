"""Takes the functions and resources of an app, as its plan or manifest has them; returns its `Image`, and the text of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from portable.eventing.queue import POISON, Queue
from portable.tooling.app.kinds.registry import RESOURCES, source
from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import reached, redriven
from portable_container.runtime.image import NATS, POSTGRES, STORE, Event, Image, Use

_BY_NATS = ("queue", "topic", "stream")
_SHAPE = ("key", "sort", "ttl", "indexes")
"""What a database must know of a table."""


def image_of(
    app: str,
    functions: Iterable[DeployedFunction],
    resources: Iterable[ResourceModel],
    wants: tuple[tuple[str, ...], ...] = (),
) -> Image:
    """Return the image of an app, given what of it is here; `wants` are the variables for what is not."""
    found, declared = tuple(functions), tuple(resources)
    queues = _queues(found, declared)
    named = {kind: tuple(r.name for r in declared if r.kind == kind) for kind in RESOURCES}
    served = tuple(function for function in found if function.trigger["kind"] == "http")
    return Image(
        app,
        served[0].entry if served else None,
        tuple(function.name for function in served),
        tuple(_event(function, queues) for function in found if function not in served),
        tuple({"name": r.name, **{name: r.options[name] for name in _SHAPE}} for r in declared if r.kind == "table"),
        tuple(queues.values()),
        named["topic"],
        named["stream"],
        named["bucket"],
        named["secret"],
        _rights(found),
        {name: value for function in found for name, value in sorted(function.environment.items())},
        {function.name: engines_of(function) for function in found},
        wants,
        {function.name: secrets for function in found if (secrets := _secrets(function, named["secret"]))},
        {function.name: uses for function in found if (uses := _uses(function))},
    )


def engines_of(function: DeployedFunction) -> tuple[str, ...]:
    """Return the engines that a function talks to: those of its resources, and NATS for what brings its events."""
    kinds = {kind for kind, _ in reached(function)}
    by_nats = not kinds.isdisjoint(_BY_NATS) or function.trigger["kind"] != "http"
    asked = {POSTGRES: "table" in kinds, NATS: by_nats, STORE: "bucket" in kinds}
    return tuple(engine for engine, is_asked in asked.items() if is_asked)


def _secrets(function: DeployedFunction, here: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for kind, name in reached(function) if kind == "secret" and name in here))


def _uses(function: DeployedFunction) -> tuple[Use, ...]:
    """Return what a function does with what is no table: its rights there are those of its identity (`_rights`)."""
    asked = [grant for grant in function.grants if grant.kind in (*_BY_NATS, "bucket")]
    return tuple(Use(grant.kind, grant.resource, tuple(grant.actions)) for grant in asked)


def source_of(image: Image) -> tuple[str, ...]:
    """Return the lines of Python that make an image: a field on each line, and of a list an entry."""
    return ("IMAGE = Image(", *(f"    {line}" for name in Image._fields for line in _field(image, name)), ")")


def _field(image: Image, name: str) -> Iterator[str]:
    value = getattr(image, name)
    if value == getattr(Image, name, ...):
        return
    if isinstance(value, (str, dict)):
        yield f"{name}={value!r},"
        return
    yield f"{name}=("
    yield from (f"    {each!r}," for each in value)
    yield "),"


def _queues(functions: Sequence[DeployedFunction], resources: Sequence[ResourceModel]) -> dict[str, Queue]:
    """Return every queue by name: those that are declared or taken from, and those of dead letters that functions use."""
    found = {r.name: Queue(r.name, **r.options) for r in resources if r.kind == "queue"}
    taken = [function.trigger["queue"] for function in functions if function.trigger["kind"] == "queue"]
    used = [*taken, *(function.dead_letters for function in functions if function.dead_letters)]
    used += [name for function in functions for grant in function.grants for pair in redriven(grant) for name in pair]
    for name in used:
        if name not in found:
            found[name] = Queue(name.removesuffix(POISON)).dead_letters if name.endswith(POISON) else Queue(name)
    return found


def _event(function: DeployedFunction, queues: dict[str, Queue]) -> Event:
    trigger: dict[str, Any] = function.trigger
    kind = trigger["kind"]
    schedule = {name: trigger[name] for name in ("expression", "timezone", "days")} if kind == "schedule" else {}
    return Event(
        function.name,
        kind,
        function.entry,
        source(trigger),
        function.identity,
        function.timeout,
        function.attempts or 1,
        backoff=function.backoff,
        concurrency=function.concurrency,
        ordered=kind == "queue" and queues[trigger["queue"]].ordered,
        start="all" if trigger.get("start") == "oldest" else "new",
        dead_letters=function.dead_letters,
        **schedule,
    )


def _rights(functions: Sequence[DeployedFunction]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what the functions of each identity do in tables."""
    actions: dict[str, dict[str, set[str]]] = {}
    for function in functions:
        held = actions.setdefault(function.identity, {})
        for grant in function.grants:
            if grant.kind == "table":
                held.setdefault(grant.resource, set()).update(grant.actions)
    return {
        identity: {table: tuple(sorted(names)) for table, names in sorted(held.items())}
        for identity, held in sorted(actions.items())
    }
