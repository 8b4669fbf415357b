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
    whole, count, single = (facts.limit(f"environment.{what}") for what in ("bytes", "variables", "value"))
    for function in app.functions:
        ours = variables_of(function)
        if whole is not None:
            size = sum(len(name) + ADDRESS for name in ours) + sum(_bytes(*pair) for pair in function.environment)
            if not whole.allows(size):
                yield beyond(whole, size, f"{function.name}: ", function.where)
        if count is not None and not count.allows(len(ours) + len(function.environment)):
            yield beyond(count, len(ours) + len(function.environment), f"{function.name}: ", function.where)
        for name, value in function.environment:
            if single is not None and not single.allows(_bytes(value)):
                yield beyond(single, _bytes(value), f"{function.name}: {name}: ", function.where)


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
