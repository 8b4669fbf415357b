"""Takes a target and what an app uses; returns the modules of portable that ship in addition, and the distributions.

The one place where this is derived, for every target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import AppModel
from portable.tooling.app.needs import Needs
from portable.tooling.depend.requirement_files import distribution, normalised
from portable.tooling.elsewhere import requirements
from portable.tooling.target import MSGSPEC, OTLP, PYJWT, TRACES, Target

METRICS = "portable.compute.metrics"
"""The module of `Context.metric`; that of a target, if it has one, has the same last name."""
AUTH = "portable.eventing.auth"
"""The module of what `auth=` takes."""
_AWAITED = frozenset(("portable.base.awaited", "portable.storage.asynchronous"))
_OF_REQUESTS = frozenset(("portable.eventing.forms", "portable.eventing.content"))
_OF_BODIES = _OF_REQUESTS | {"portable.eventing.payload"}


_REPLIES = {
    b"stream": ("streaming",),
    b"events": ("streaming", "server_events"),
    b"object": ("streaming", "sent_parts"),
    b"file": ("streaming", "sent_parts"),
    b"conditional": ("streaming", "sent_parts"),
    b"mounted_static": ("streaming", "sent_parts"),
    b"mounted_asgi": ("streaming",),
    b"mounted_wsgi": ("streaming",),
    b"described": ("streaming", "sent_parts"),
}
"""The modules of `portable.eventing` that a method of `Response` imports, by its name; and what serves a site or a document."""


def drivers_of(target: Target, needs: Needs, others: Mapping[str, Target] = MappingProxyType({})) -> tuple[str, ...]:
    """Return the modules of drivers that `portable.base.drivers.LazyDrivers` imports at a client's first call.

    `others` are the targets whose drivers reach a kind of resource, where it is another one.
    """
    found = {f"{others.get(kind, target).package}.runtime.{RESOURCES[kind].pillar}" for kind in needs.kinds}
    return tuple(sorted(found))


def tracing_of(target: Target, needs: Needs) -> tuple[str, ...]:
    """Return the module that names a target's own exporter of spans, where there is one and calls are spans."""
    return (f"{target.package}.runtime.tracing",) if needs.traced and TRACES in target.requirements else ()


def left_out(target: Target, needs: Needs, sources: Mapping[str, bytes]) -> frozenset[str]:
    """Return the modules of ours that no function can reach. `sources` are the files of the app and the generated ones.

    They are the async twins of drivers, unless a client is awaited, what the methods of a Request import, unless a
    handler gets one, what `auth=` takes, unless a function has it, metrics, unless anything gets a Context, and what a
    method of a Response imports, unless a source has its name after a dot. What the app or an entry imports itself ships
    all the same.
    """
    found = frozenset[str]() if needs.requests else _OF_REQUESTS if needs.bodies else _OF_BODIES
    found = found if needs.awaits else found | _AWAITED
    found = found if needs.called else found | {METRICS, f"{target.package}.runtime.metrics"}
    found |= _unnamed_replies(sources)
    return found if needs.guarded else found | {AUTH}


def _unnamed_replies(sources: Mapping[str, bytes]) -> frozenset[str]:
    named = {
        module
        for text in (text for path, text in sources.items() if path.endswith(".py"))
        for method, modules in _REPLIES.items()
        if b"." + method in text
        for module in modules
    }
    every = {module for modules in _REPLIES.values() for module in modules}
    return frozenset(f"portable.eventing.{module}" for module in every - named)


def requirements_of(
    target: Target, needs: Needs, others: Mapping[str, Target] = MappingProxyType({})
) -> tuple[str, ...]:
    """Return the distributions that an app's declarations need beside its own dependencies. `others` as in `drivers_of`."""
    found = {text for kind in ("", *(needs.kinds - others.keys())) for text in target.requirements.get(kind, ())}
    found |= requirements(others, needs.kinds)
    if needs.traced:
        found.update(target.requirements.get(TRACES, OTLP))
    own = {MSGSPEC: needs.typed, PYJWT: needs.tokens}
    return tuple(sorted(found | {text for text, needed in own.items() if needed}))


def imported_late(app: AppModel, there: Iterable[str]) -> tuple[str, ...]:
    """Return the names that the app's code imports, at once or when a handler is called, as far as they are there.

    `there` are the distributions that ship or that the host has. The last part of a name may be no module but a name in
    one.
    """
    known = {normalised(name) for name in there}
    others = (needed for needed in app.imports if known.intersection(map(normalised, needed.distributions)))
    return tuple(sorted({*app.reached, *(name for needed in others for name in needed.names)}))


def brought(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the distributions that requirements ask for."""
    return tuple(sorted({name for text in requirements if (name := distribution(text)) is not None}))
