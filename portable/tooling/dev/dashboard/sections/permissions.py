"""The permissions: what each function may do, and what it has done; what sharing an identity adds on each cloud."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import FunctionModel
from portable.tooling.app.resources import asked
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.engine import Engine
from portable.tooling.grouping import grouped


@dataclass(frozen=True, slots=True)
class Use:
    """One action on one resource that a function may do, and whether it has done it.

    `asked` says whether a parameter asks for it. Otherwise it is for what runs besides the handler, such as dead letters.
    """

    kind: str
    name: str
    action: str
    used: bool
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Granted:
    """What a function may do. `called` says whether it has called any resource."""

    function: FunctionModel
    uses: tuple[Use, ...]
    called: bool

    @property
    def unused(self) -> int:
        """Return how many of the permissions that parameters ask for were not used."""
        return sum(use.asked and not use.used for use in self.uses)

    @property
    def counted(self) -> int:
        """Return how many permissions its parameters ask for."""
        return sum(use.asked for use in self.uses)

    def resources(self) -> list[tuple[tuple[str, str], list[Use]]]:
        """Return the uses of each resource."""
        return list(grouped(((use.kind, use.name), use) for use in self.uses).items())


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the route of the permissions."""
    return [Route("/permissions", desk.view(show))]


def granted(engine: Engine, used: dict[str, set[tuple[str, str, str]]]) -> list[Granted]:
    """Return what each function may do and has done."""
    found = []
    for function in engine.app.functions:
        asking = asked(function, engine.handlers[function.name], engine.settings.http)
        done = {
            (kind, name, action)
            for kind, name, did in used.get(function.name, ())
            for action in RESOURCES[kind].needed(did)  # an older journal has kept the method
        }
        uses = tuple(
            Use(
                grant.kind,
                grant.resource,
                action,
                (grant.kind, grant.resource, action) in done,
                action in asking.get((grant.kind, grant.resource), ()),
            )
            for grant in function.grants
            if RESOURCES[grant.kind].guarded
            for action in grant.actions
        )
        found.append(Granted(function, uses, function.name in used))
    return found


def show(desk: Desk, request: Request) -> Response:
    """Show the permissions of all functions."""
    return desk.page("permissions.html", request, granted=granted(desk.engine, desk.engine.journal.used()))
