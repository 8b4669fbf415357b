"""An app -> a problem for each two things that would get one variable, and so one address."""

from __future__ import annotations

from collections.abc import Iterator

from portable.base.drivers import variable_name
from portable.tooling.app.kinds.registry import TRIGGERS, dead_letters, feed
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.target import Problem

RULE = "variable"
_DEAD = "the dead letters of "
RESERVED = "PORTABLE_"
"""How the variables begin that portable and its infrastructure set."""


def variable_problems(app: AppModel) -> Iterator[Problem]:
    """Yield what is called like another thing, and variables of functions that portable sets itself."""
    held: dict[str, tuple[str, str | None]] = {}
    for variable, what, where in _variables(app):
        other, place = held.setdefault(variable, (what, where))
        if other != what:
            message = f"{what} and {other} have one variable, {variable}, and so one address"
            yield Problem(
                f"{message}{f' (the other is at {place})' if place else ''}",
                where,
                rule=RULE,
                instead=_instead(what, other),
            )
    for function in app.functions:
        for name, value in function.environment:
            if name.startswith(RESERVED):
                message = f"environment= sets {name}, but variables that begin with {RESERVED} are set by portable"
                yield _of(function, message, "use another name, or declare a Setting")
            elif not name or "=" in name or "\0" in name + value:
                message = f"environment= holds {name!r}, but no system has variables without a name, with a = in it, or with a zero"
                yield _of(function, message, "correct the name or the value")


def _instead(*called: str) -> str:
    """Return what to do. Dead letters that were declared by their name are the likeliest cause."""
    for each in called:
        if each.startswith(_DEAD):
            return f"use Queue({each.removeprefix(_DEAD)}).dead_letters if you mean these, else rename one of them"
    return "rename one of them"


def _of(function: FunctionModel, message: str, instead: str) -> Problem:
    return Problem(f"{function.name}: {message}", function.where, rule=RULE, instead=instead)


def _variables(app: AppModel) -> Iterator[tuple[str, str, str | None]]:
    """Yield the variable of each resource, and of each queue that comes with a function: its name, whose it is, its place."""
    places = app.places()
    for resource in app.resources:
        of = resource.options.get("dead_letters_of")
        what = _dead(of) if of else f'the {resource.kind} "{resource.name}"'
        yield variable_name(resource.kind, resource.name), what, places.get((resource.kind, resource.name))
    for function in app.functions:
        fed, dead = feed(function), dead_letters(function)
        if fed is None:
            continue
        source = TRIGGERS[function.trigger["kind"]].taken_from
        if source not in function.trigger and (source or dead):  # else its queue is a declared one, or it has none
            yield variable_name("queue", fed), f'the queue of the function "{function.name}"', function.where
        if dead is not None:
            yield variable_name("queue", dead), _dead(fed), function.where


def _dead(of: str) -> str:
    return f'{_DEAD}"{of}"'
