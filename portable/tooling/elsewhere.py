"""Drivers of another target: takes `drivers` of a target's table; returns the target whose drivers reach a kind of resource.

So an app's functions can run in one place and its rows lie in another. A target allows it by naming `KEY` in its `keys`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import structs

from portable.base.drivers import variable_name
from portable.errors import PortableError
from portable.eventing.queue import POISON
from portable.tooling.app.kinds.registry import RESOURCES, dead_letters
from portable.tooling.app.model import AppModel
from portable.tooling.app.needs import needs
from portable.tooling.app.settings import Settings, SettingsError, key_place
from portable.tooling.driven import has_driver
from portable.tooling.grouping import grouped
from portable.tooling.target import Options, Problem, Target

if TYPE_CHECKING:
    from portable.tooling.plan import Plan

KEY = "drivers"
"""The key of [tool.portable.<target>]: a table from kinds of resources to names of targets, such as {table = "aws"}."""
RULE = "elsewhere"


def elsewhere(settings: Settings, target: Target, load: Callable[[str], Target]) -> dict[str, Target]:
    """Return the target whose drivers reach each kind that `drivers` names. Raises SettingsError.

    `load` returns an installed target by its name, or raises PortableError.
    """
    named = (settings.table or {}).get(KEY, {}) if KEY in target.keys else {}
    place = key_place(settings.project / "pyproject.toml", KEY)
    if not isinstance(named, Mapping) or not all(isinstance(name, str) for name in named.values()):
        raise SettingsError(
            f'{place}: {KEY} must be a table from kinds of resources to targets, such as {{table = "aws"}}'
        )
    return {kind: _driving(kind, name, target, place, load) for kind, name in sorted(named.items())}


def _driving(kind: str, name: str, target: Target, place: str, load: Callable[[str], Target]) -> Target:
    if kind not in RESOURCES or kind == "setting":
        kinds = ", ".join(sorted(RESOURCES.keys() - {"setting"}))
        raise SettingsError(f'{place}: {KEY} names "{kind}", which is no kind of resource; there are {kinds}')
    try:
        other = load(name)
    except PortableError as error:
        raise SettingsError(f"{place}: {KEY}: {error}") from error
    if other.name == target.name:
        raise SettingsError(f'{place}: {KEY}: "{kind}" has the drivers of {name} anyway: leave it out')
    if other.reach is None:
        raise SettingsError(
            f"{place}: {KEY}: the drivers of {other.title} work on its own host only: name another target"
        )
    if not has_driver(other.package, kind):
        raise SettingsError(f"{place}: {KEY}: portable has no {kind} driver for {other.title}: name another target")
    return other


def packages(target: Target, others: Mapping[str, Target]) -> tuple[str, ...]:
    """Return the packages of ours that may ship: portable, the target's, and those of the others whose drivers are used."""
    return ("portable", target.package, *sorted({other.package for other in others.values()} - {target.package}))


def elsewhere_problems(app: AppModel, target: Target, others: Mapping[str, Target]) -> Iterator[Problem]:
    """Yield an error for each function that an event from there should call, and a note on what is to be done there."""
    for function in app.functions:
        trigger = function.trigger
        for kind, other in others.items():
            if trigger["kind"] != "http" and kind in trigger:
                text = f'the {kind} "{trigger[kind]}" is reached through {other.title}, which calls no function of {target.title}'
                way = f"package this function for {other.name}, or leave {kind} out of {KEY} in [tool.portable.{target.name}]"
                yield Problem(f"{function.name}: {text}", function.where, rule=RULE, instead=way)
    used = needs(app).kinds
    for kind, other in others.items():
        if kind in used:
            may = grouped(
                (grant.resource, action)
                for function in app.functions
                for grant in function.grants
                if grant.kind == kind
                for action in grant.actions
            )
            what = "; ".join(f"{', '.join(dict.fromkeys(held))} on {name}" for name, held in sorted(may.items()))
            text = f"{kind}s are reached through {other.title}: what portable makes for {target.title} neither makes them nor lets anybody use them"
            way = f"make them there, let the keys of the app do what its functions do{f' ({what})' if what else ''}, and set "
            wanted = " and ".join(" or ".join(names) for names in wants(app, {kind: other}))
            yield Problem(text, error=False, key=KEY, rule=RULE, instead=way + wanted, note=True)


def wants(app: AppModel, others: Mapping[str, Target]) -> tuple[tuple[str, ...], ...]:
    """Return the variables that the app needs for what is elsewhere: of each group one must be set."""
    found: list[tuple[str, ...]] = []
    found += [(variable_name(each.kind, each.name),) for each in app.resources if each.kind in others]
    if "queue" in others:
        buried = [name.removesuffix(POISON) for name in map(dead_letters, app.functions) if name is not None]
        found += [(variable_name("dead", name),) for name in buried]
    used = needs(app).kinds
    for kind, other in others.items():
        if kind in used and other.reach is not None:
            found += other.reach.variables
    return tuple(dict.fromkeys(found))


def requirements(others: Mapping[str, Target], kinds: frozenset[str]) -> set[str]:
    """Return the distributions that the drivers of other targets need for these kinds."""
    reached = ((kind, other.reach) for kind, other in others.items() if kind in kinds)
    return {
        text
        for kind, reach in reached
        if reach is not None
        for name in ("", kind)
        for text in reach.requirements.get(name, ())
    }


def placed(plan: Plan, options: Options) -> Plan:
    """Return a plan whose generated modules find the drivers of other targets, and which says so."""
    if not options.elsewhere:
        return plan
    from_there = {kind: f"{other.package}.runtime" for kind, other in options.elsewhere.items()}
    entries = {
        path: parts
        if parts.host is None
        else structs.replace(parts, host=structs.replace(parts.host, elsewhere=from_there))
        for path, parts in plan.entries.items()
    }
    names = {kind: other.name for kind, other in options.elsewhere.items()}
    return structs.replace(plan, entries=entries, drivers=names, wants=wants(plan.app, options.elsewhere))
