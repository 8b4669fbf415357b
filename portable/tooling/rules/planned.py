"""A plan -> problems that show only there: what functions of one identity share, and how many services there are."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.facts import Facts
from portable.tooling.plan import Plan
from portable.tooling.rules.environment import shared_environment
from portable.tooling.rules.limits import beyond
from portable.tooling.target import Problem


def planned_problems(plan: Plan, facts: Facts) -> Iterator[Problem]:
    """Yield the problems of a plan."""
    together = plan.by_identity()
    for functions in together.values():
        yield from shared_environment(functions, "function of its identity")
    limit = facts.limit("services")
    if limit is not None and not limit.allows(len(together)):
        yield beyond(limit, len(together), f"{plan.app.name}: ", plan.app.functions[-1].where)
