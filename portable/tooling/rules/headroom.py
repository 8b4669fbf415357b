"""An app and its plan -> how much of each limit is used, by what uses most of it: for `plan`, which shows headroom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portable.tooling.app.model import AppModel
from portable.tooling.facts import Facts, Limit
from portable.tooling.plan import Plan
from portable.tooling.rules.environment import environment_of
from portable.tooling.rules.limits import measured, sharing
from portable.tooling.rules.planned import counted


@dataclass(frozen=True, slots=True)
class Headroom:
    """How much of a limit is used, and by what: a function, what functions share, or the app."""

    limit: Limit
    value: float
    of: str

    @property
    def share(self) -> float:
        """Return the used part, 1 being all of it."""
        return self.value / self.limit.most if self.limit.most else 0.0


def headroom(app: AppModel, plan: Plan, facts: Facts) -> tuple[Headroom, ...]:
    """Return the used part of each limit that has a largest value, the most used first."""
    most: dict[str, Headroom] = {}
    for of, names, value in _uses(app, plan):
        limit = facts.limit(*names)
        if limit is not None and limit.most and (limit.what not in most or value > most[limit.what].value):
            most[limit.what] = Headroom(limit, value, of)
    return tuple(sorted(most.values(), key=lambda found: -found.share))


def _uses(app: AppModel, plan: Plan) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Yield who uses something, the names of its limit, the most special first, and how much."""
    for function in app.functions:
        for names, value in measured(function):
            yield function.name, names, value
        for name, size in environment_of(function).items():
            yield function.name, (name,), size
    for (name, what), functions in sharing(app).items():
        yield what, (name,), len(functions)
    for name, count in counted(plan).items():
        yield app.name, (name,), count
