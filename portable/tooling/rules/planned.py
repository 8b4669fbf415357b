"""A plan -> problems that show only there: what functions of one identity share, and what the whole app takes of a limit."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.facts import Facts
from portable.tooling.plan import Plan
from portable.tooling.rules.environment import shared_environment
from portable.tooling.rules.limits import beyond
from portable.tooling.target import Problem


def planned_problems(plan: Plan, facts: Facts) -> Iterator[Problem]:
    """Yield the problems of a plan."""
    for functions in plan.by_identity().values():
        yield from shared_environment(functions, "function of its identity")
    for name, value in counted(plan).items():
        limit = facts.limit(name)
        if limit is not None and not limit.allows(value):
            yield beyond(limit, value, f"{plan.app.name}: ", plan.app.functions[-1].where)


def counted(plan: Plan) -> dict[str, int]:
    """Return what the whole app takes of limits, by their names."""
    return {"services": len(plan.by_identity()), **plan.counts}
