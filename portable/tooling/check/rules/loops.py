"""A subject -> functions that may bring about what calls them again, such as an object in the bucket that fires them."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.registry import TRIGGERS, title
from portable.tooling.app.model import FunctionModel
from portable.tooling.check.circles import circles
from portable.tooling.check.subject import Subject
from portable.tooling.target import Problem

RULE = "loop"
Act = tuple[str, str, str]
"""The kind and the name of a resource, and an action on it."""


def loops(subject: Subject) -> Iterator[Problem]:
    """Yield the functions that are in a circle of functions and the acts that call them.

    A client that may write may write every key, so one bucket and one function are a circle already. Where a prefix or a
    suffix can keep written objects out, it is a note.
    """
    woken = {each.name: TRIGGERS[each.trigger["kind"]].woken(each.trigger) for each in subject.app.functions}
    acts = {act for act in woken.values() if act is not None}
    arrows: dict[str | Act, list[str | Act]] = {}
    for function in subject.app.functions:
        asked = ((grant.kind, grant.resource, action) for grant in function.grants for action in grant.actions)
        arrows[function.name] = [act for act in asked if act in acts]
        act = woken[function.name]
        if act is not None:
            arrows.setdefault(act, []).append(function.name)
    by_name = {function.name: function for function in subject.app.functions}
    for circle in circles(arrows):
        within = [by_name[thing] for thing in circle if isinstance(thing, str)]
        narrowed = any(TRIGGERS[one.trigger["kind"]].narrowed(one.trigger) for one in within)
        for one in within:
            yield _problem(one, [other.name for other in within if other is not one], narrowed)


def _problem(function: FunctionModel, others: list[str], narrowed: bool) -> Problem:
    way = f" by way of {', '.join(sorted(others))}" if others else ""
    message = (
        f"{function.name} is called for {title(function.trigger)}, and may write such objects itself{way}: "
        "each would call it again"
    )
    instead = (
        "make sure that the keys which it writes do not fit the prefix and suffix"
        if narrowed
        else "write into another bucket, or give the trigger a prefix= and write outside it"
    )
    return Problem(message, function.where, error=False, rule=RULE, instead=instead, note=narrowed)
