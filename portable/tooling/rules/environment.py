"""The environment of functions -> problems: too many variables, or too long ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portable.base.drivers import variable_name
from portable.tooling.app.kinds.registry import dead_letters, feed
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.facts import Facts
from portable.tooling.rules.limits import beyond
from portable.tooling.target import Problem

ADDRESS = 90
"""Bytes that the address of a resource has, about: an ARN or a URL, with the names of app and stage."""


def environment_problems(app: AppModel, facts: Facts) -> Iterator[Problem]:
    """Yield what is too large in the environment of a function by itself."""
    single = facts.limit("environment.value")
    for function in app.functions:
        for name, value in environment_of(function).items():
            limit = facts.limit(name)
            if limit is not None and not limit.allows(value):
                yield beyond(limit, value, f"{function.name}: ", function.where)
        for name, text in function.environment:
            if single is not None and not single.allows(_bytes(text)):
                yield beyond(single, _bytes(text), f"{function.name}: {name}: ", function.where)


def environment_of(function: FunctionModel) -> dict[str, int]:
    """Return how large the environment of a function is, about, by the names of the limits."""
    set_here = variables_of(function)
    size = sum(len(name) + ADDRESS for name in set_here) + sum(_bytes(*pair) for pair in function.environment)
    return {"environment.bytes": size, "environment.variables": len(set_here) + len(function.environment)}


def variables_of(function: FunctionModel) -> set[str]:
    """Return the names of the variables that the infrastructure sets for a function."""
    found = {variable_name(grant.kind, grant.resource) for grant in function.grants}
    fed = feed(function)
    if fed is not None and dead_letters(function) is not None:
        found.add(variable_name("DEAD", fed))
    return found | {"PORTABLE_TARGET"}


def shared_environment(functions: Iterable[FunctionModel], sharing: str) -> Iterator[Problem]:
    """Yield a problem for each variable that functions with one environment set to different values.

    `sharing` says who they are, such as "HTTP function".
    """
    values: dict[str, str] = {}
    for function in functions:
        for key, value in function.environment:
            if values.setdefault(key, value) != value:
                text = f"{key} has another value than in another {sharing}, but both share one environment"
                way = "give both the same value, or use two names"
                yield Problem(f"{function.name}: {text}", function.where, rule="environment", instead=way)


def _bytes(*texts: str) -> int:
    return sum(len(text.encode("utf-8", "replace")) for text in texts)
