"""A subject -> the routes that anybody can call."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.registry import title
from portable.tooling.check.subject import Subject
from portable.tooling.infra.blueprint import is_public
from portable.tooling.target import Problem

RULE = "public"


def public_routes(subject: Subject) -> Iterator[Problem]:
    """Yield a note for each public route."""
    for function in subject.app.functions:
        if is_public(function):
            message = f"{function.name}: {title(function.trigger)} is public: anybody can call it"
            instead = "nothing, if this is meant; else say who may call by auth=, for the route, its group or the app"
            yield Problem(message, function.where, error=False, rule=RULE, instead=instead, note=True)
