"""Any app, as Hypothesis draws it: every trigger, a client of every kind, and the options that infrastructure looks at."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, STREAM, TICK, TOPIC, app, function

from portable.eventing.queue import POISON
from portable.tooling.app.kinds.registry import dead_letters, feed
from portable.tooling.app.model import AppModel, FunctionModel, Grant, ResourceModel

INDEX = {"name": "by-shop", "key": {"name": "shop", "type": "str"}, "sort": None}
ROWS = {"name": "rows", "key": {"name": "id", "type": "str"}, "sort": None, "ttl": "until", "indexes": [INDEX]}
NAMES = ("jobs", "eu-jobs")
"""Names that would meet in two stages, if a stage `dev` called one eu-jobs what `dev-eu` calls jobs."""
ACTIONS = {
    "bucket": ("get", "list", "put", "delete", "sign"),
    "table": ("get", "query", "put", "update", "delete"),
    "queue": ("send", "count", "peek"),
    "topic": ("publish",),
    "stream": ("send",),
    "secret": ("read",),
    "setting": ("read",),
}
OPTIONS: dict[str, Any] = {"table": ROWS, "setting": {"default": "hi"}}
GRANTS = st.sampled_from(sorted(ACTIONS)).flatmap(
    lambda kind: st.builds(
        Grant,
        st.sampled_from(NAMES),
        st.just(kind),
        st.sets(st.sampled_from(ACTIONS[kind]), min_size=1).map(lambda actions: tuple(sorted(actions))),
    )
)
TRIGGERS = st.sampled_from(
    [
        HTTP,
        HTTP | {"method": "*", "path": "/{rest:path}"},
        QUEUE | {"batch": 10, "window": 5},
        QUEUE | {"queue": f"jobs{POISON}"},
        TOPIC | {"topic": "jobs", "filter": [["level", "high"]]},
        OBJECT | {"bucket": "jobs"},
        OBJECT | {"bucket": "jobs", "event": "deleted", "prefix": "in/"},
        STREAM | {"stream": "eu-jobs"},
        TICK,
        TICK | {"expression": "0 3 1 * *", "timezone": "Europe/Berlin"},
    ]
)
DRAWN = st.tuples(
    TRIGGERS,
    st.lists(GRANTS, max_size=3, unique_by=lambda grant: (grant.kind, grant.resource)),
    st.booleans(),
    st.sampled_from([1, 3, 31]),
    st.sampled_from([None, 400.0]),
    st.sampled_from([None, 2]),
)
"""A trigger, grants, whether there are dead letters, attempts, back-off and calls at once."""


@st.composite
def apps(draw: st.DrawFn) -> AppModel:
    """Draw an app as it is collected: what functions name is declared, a queue has one reader, dead letters may be sent."""
    drawn = draw(st.lists(DRAWN, min_size=1, max_size=5))
    functions = [_function(f"f{place}", *one) for place, one in enumerate(drawn)]
    named = {(grant.kind, grant.resource) for one in functions for grant in one.grants}
    for one in functions:
        named |= {(kind, name) for kind, name in one.trigger.items() if kind in ACTIONS and isinstance(name, str)}
    resources = (ResourceModel(kind, name, {**OPTIONS.get(kind, {})}) for kind, name in sorted(named))
    ordered = draw(st.booleans())
    return app(*functions, resources=tuple(_ordered(one) if ordered else one for one in resources))


def _function(name: str, trigger: dict[str, Any], grants: list[Grant], buried: bool, *more: Any) -> FunctionModel:
    if trigger["kind"] == "http":
        return function(name, trigger | {"path": f"/{name}{trigger['path']}"}, *grants)
    if trigger["kind"] == "queue":
        trigger = trigger | {"queue": f"{name}-{trigger['queue']}"}
    attempts, backoff, concurrency = more
    one = function(
        name, trigger, *grants, attempts=attempts, backoff=backoff, concurrency=concurrency, dead_letter=buried
    )
    source = feed(one)
    if source is None or source.endswith(POISON) or not buried:
        return replace(one, dead_letter=False)
    return replace(one, grants=(*one.grants, Grant(str(dead_letters(one)), "queue", ("send",))))


def _ordered(resource: ResourceModel) -> ResourceModel:
    return replace(resource, options={"ordered": True}) if resource.kind == "queue" else resource
