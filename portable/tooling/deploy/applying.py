"""A plan in, what was applied of it out; and again with what is there already, as long as that may be taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from portable.tooling.deploy.configuration import Configuration, EngineFailed, Planned
from portable.tooling.deploy.faults import Situation, explained
from portable.tooling.deploy.loss import Loss, losses
from portable.tooling.deploy.progress import Applying
from portable.tooling.deploy.taking_over import TakingOver

Confirm = Callable[[Planned, tuple[Loss, ...]], None]
"""Shows a plan and the data that it deletes; returns when the user agrees, raises PortableError when not."""


@dataclass(frozen=True, slots=True)
class Apply:
    """How a stage is applied. `left` is called with what may be there without the state's knowing it, when an engine was ended."""

    configuration: Configuration
    here: Situation
    confirm: Confirm
    taking: TakingOver
    left: Callable[[Iterable[str]], None]

    def __call__(self, planned: Planned | None) -> tuple[Planned, dict[str, Any]]:
        """Apply what was planned, or plan and apply in one run; return what was planned last, and the outputs."""
        taken: set[str] = set()
        while True:
            applying = Applying(len(planned.changes) if planned is not None else 0, self.configuration.told)
            try:
                return self._once(planned, applying)
            except EngineFailed as error:
                more = {found: own for found, own in self.taking.refused(error).items() if found not in taken}
                if not more:
                    here = reached(self.here, applying, error)
                    self.left(here.begun)
                    raise explained(error, here) from error
            taken |= more.keys()
            planned = self._plan(more)

    def _once(self, planned: Planned | None, applying: Applying) -> tuple[Planned, dict[str, Any]]:
        if planned is not None:
            return planned, self.configuration.apply(applying.see)
        shown: list[Planned] = []

        def show(found: Planned) -> None:
            applying.planned = len(found.changes)
            shown.append(found)
            self.confirm(found, ())

        outputs = self.configuration.make(show, applying.see)
        return shown[0], outputs

    def _plan(self, taking: dict[str, str]) -> Planned:
        self.configuration.told(f"taking over {len(taking)} resources that are there")
        try:
            planned = self.configuration.plan(taking=taking)
        except EngineFailed as error:
            raise explained(error, self.here) from error
        self.confirm(planned, losses(planned.changes, self.here.deploying))
        return planned


def applied(configuration: Configuration, planned: Planned, here: Situation) -> dict[str, Any]:
    """Apply a plan and return the outputs. Raises PortableError."""
    applying = Applying(len(planned.changes), configuration.told)
    try:
        return configuration.apply(applying.see)
    except EngineFailed as error:
        raise explained(error, reached(here, applying, error)) from error


def reached(here: Situation, applying: Applying, error: EngineFailed) -> Situation:
    """Return where a fault happens, with how far the apply was. A provider that is stopped breaks off what it makes."""
    begun = (*applying.begun, *(applying.failed if error.stopped else ()))
    return replace(here, done=applying.done, planned=applying.planned, begun=begun)
