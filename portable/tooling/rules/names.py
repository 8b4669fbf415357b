"""An app and the name rules of a target -> a problem for each name that the provider refuses."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.model import AppModel
from portable.tooling.facts import Facts, NameRule
from portable.tooling.target import Problem

RULE = "name"


def name_problems(app: AppModel, facts: Facts) -> Iterator[Problem]:
    """Yield the names that a target does not take: of the app, its functions, modules, variables and resources."""
    if not facts.names:
        return
    kinds = {resource.kind for resource in app.resources}
    kinds |= {"queue" for function in app.functions if feed(function) is not None}
    named = _named(app)
    for rule in facts.names:
        if rule.having and not rule.having & kinds:
            continue
        for name, where in named.get(rule.what, ()):
            if not rule.allows(name):
                yield _refused(rule, name, where)


def _refused(rule: NameRule, name: str, where: str | None) -> Problem:
    what = "variable" if rule.what == "environment" else rule.what
    key = "name" if rule.what == "app" else None
    return Problem(f'the {what} "{name}": {rule.why}', where, rule.error, key, RULE, rule.instead)


def _named(app: AppModel) -> dict[str, list[tuple[str, str | None]]]:
    """Return every name of an app with its place, by what has it."""
    found: dict[str, list[tuple[str, str | None]]] = {
        "app": [(app.name, None)],
        "function": [(function.name, function.where) for function in app.functions],
        "environment": [(name, function.where) for function in app.functions for name, _ in function.environment],
    }
    tops = dict.fromkeys(module.partition(".")[0] for module in app.modules)
    found["module"] = [(name, app.module_place(name)) for name in tops]
    places = app.places()
    for resource in app.resources:
        key = (resource.kind, resource.name)
        found.setdefault(resource.kind, []).append((resource.name, places.get(key)))
    queues = {name for name, _ in found.get("queue", ())}
    fed = ((feed(function), function.where) for function in app.functions)
    found.setdefault("queue", []).extend((name, where) for name, where in fed if name and name not in queues)
    return found
