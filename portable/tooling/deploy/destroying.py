"""A stage in, nothing of it out; or only its data, which the engine's state goes on knowing.

Data is kept by leaving it, what it needs and what protects it out of the plan. So a later deployment finds it in the state and
goes on with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from portable.errors import PortableError
from portable.tooling.deploy.applying import Confirm, applied
from portable.tooling.deploy.configuration import Configuration, EngineFailed, Planned
from portable.tooling.deploy.deploying import begun, refuse_another_app
from portable.tooling.deploy.events import Change
from portable.tooling.deploy.faults import Situation, explained
from portable.tooling.deploy.keeping import There, resources, with_data, words
from portable.tooling.deploy.loss import losses
from portable.tooling.deploy.order import Order, Work, at_work, written_for
from portable.tooling.deploy.record import write_record
from portable.tooling.infra.deploying import DELETE_DATA
from portable.tooling.infra.files import declares


@dataclass(frozen=True, slots=True)
class Destroyed:
    """How many resources were destroyed, and the data that stays, each as a word and a name."""

    count: int
    kept: tuple[tuple[str, str], ...]


def destroy(order: Order, confirm: Confirm, *, data: bool) -> Destroyed:
    """Destroy a stage, with its data or without. Raises PortableError, as `deploy` does."""
    with at_work(order) as work:
        if written_for(order.folder) != order.stage:
            order.package()
        app = str(json.loads((order.artifact / "manifest.json").read_text(encoding="utf-8"))["app"])
        refuse_another_app(order.record(), app, order)
        here = work.situation(app)
        try:
            configuration = work.configuration()
            configuration.ready()
            there = resources(configuration.state())
        except EngineFailed as error:
            raise explained(error, here) from error
        kept = () if data else with_data(there, work.deploying)
        left = [found for found in there if found not in kept]
        if not left:
            return Destroyed(0, words(kept, work.deploying))
        try:
            return _with_data(work, here, confirm, left) if data else _but_data(work, here, confirm, left, kept)
        except EngineFailed as error:
            raise explained(error, here) from error


def _but_data(work: Work, here: Situation, confirm: Confirm, left: list[There], kept: tuple[There, ...]) -> Destroyed:
    """Destroy what is not kept. The plan is refused if it would delete data nevertheless."""
    configuration = work.configuration()
    planned = configuration.plan("-destroy", *(_only(left) if kept else ()))
    lost = losses(planned.changes, work.deploying, waiting=False)
    if lost:
        raise PortableError("\n".join(["data would be lost, so nothing was destroyed:", *map(str, lost)]))
    confirm(planned, ())
    _begin(work, here)
    applied(configuration, planned, here)
    if not kept:
        work.order.record_file.unlink(missing_ok=True)
    return Destroyed(len(planned.changes), words(kept, work.deploying))


def _with_data(work: Work, here: Situation, confirm: Confirm, left: list[There]) -> Destroyed:
    """Destroy everything. What protects data is taken away first, where the configuration can do so."""
    order = work.order
    all_of_it = Planned(tuple(Change(found.address, found.kind, found.name, "delete") for found in left))
    confirm(all_of_it, losses(all_of_it.changes, work.deploying))
    _begin(work, here)
    protects = declares(order.folder, DELETE_DATA)
    configuration = work.configuration(**({DELETE_DATA: "true"} if protects else {}))
    data = [found for found in left if work.deploying.holds(found.kind, found.address)]
    unprotecting = _unprotecting(configuration, data) if protects else None
    if unprotecting is not None and unprotecting.changes:
        applied(configuration, unprotecting, here)
    planned = configuration.plan("-destroy", "-refresh=false")
    applied(configuration, planned, here)
    still = resources(configuration.state())
    if still:
        raise PortableError(f"{len(still)} resources are left, such as {still[0].address}; run `{order.again()}` again")
    order.record_file.unlink(missing_ok=True)
    return Destroyed(len(planned.changes), ())


def _unprotecting(configuration: Configuration, data: list[There]) -> Planned | None:
    """Plan to take protections away from what is declared.

    What the app has left out since, and could not be deleted then, would be deleted by such a plan. It waits for the end, so
    that it does not hold back all the rest.
    """
    if not data:
        return None
    found = configuration.plan(*_only(data))
    gone = {change.address.partition("[")[0] for change in found.changes if change.action == "delete"}
    declared = [each for each in data if each.address.partition("[")[0] not in gone]
    if len(declared) == len(data):
        return found
    return configuration.plan(*_only(declared)) if declared else None


def _begin(work: Work, here: Situation) -> None:
    record = replace(begun(work.order.record(), here.app, work.order.stage), published="")
    write_record(work.order.record_file, record)


def _only(found: list[There]) -> list[str]:
    """Return the options of a plan for some resources only."""
    return [f"-target={each.address}" for each in found]
