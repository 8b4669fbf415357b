"""An app and a stage in, the running stage out: package, plan, ask, apply, and remember what was applied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from portable.errors import PortableError
from portable.tooling.deploy.applying import Apply, Confirm, applied
from portable.tooling.deploy.configuration import Configuration, EngineFailed, Planned
from portable.tooling.deploy.digest import deployment_digest
from portable.tooling.deploy.faults import Situation, another, explained
from portable.tooling.deploy.keeping import resources
from portable.tooling.deploy.loss import losses
from portable.tooling.deploy.order import Order, Work, at_work
from portable.tooling.deploy.publishing import brings_no_code, is_first, publish
from portable.tooling.deploy.record import Record, write_record
from portable.tooling.deploy.taking_over import TakingOver, left_in
from portable.tooling.infra.deploying import PUBLISHED
from portable.tooling.stage_values import Packaged


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment that ended well. "unchanged" says that the engine was not even asked, "same" that it found nothing to do."""

    outcome: Literal["unchanged", "same", "changed"]
    record: Record
    planned: Planned | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How to deploy: `refresh` lets the engine look even if nothing has changed here, `take_over` takes over what is there.

    `agreed` says that only the loss of data would be asked about.
    """

    refresh: bool = False
    take_over: bool = False
    agreed: bool = False


def deploy(order: Order, confirm: Confirm, wish: Wish | None = None) -> Deployed:
    """Deploy an app. Without a change since the last time nothing is touched.

    Raises PortableError, which says what happened, what state things are in, and the next command.
    """
    with at_work(order) as work:
        return _deploy(work, order.package(), confirm, wish or Wish())


def look(order: Order) -> Planned:
    """Return what an engine would do to a stage. Nothing is applied, and the plan is not kept."""
    with at_work(order) as work:
        made = order.package()
        app = str(made.manifest["app"])
        refuse_another_app(order.record(), app, order)
        configuration = work.configuration()
        try:
            configuration.ready()
            return configuration.plan()
        except EngineFailed as error:
            raise explained(error, work.situation(app)) from error
        finally:
            configuration.forget()


def _deploy(work: Work, made: Packaged, confirm: Confirm, wish: Wish) -> Deployed:
    order, before = work.order, work.order.record()
    app = str(made.manifest["app"])
    refuse_another_app(before, app, order)
    configuration = work.configuration()
    digest = digest_of(work, made.manifest)
    here = work.situation(app)
    left = left_by(before, configuration)
    standing = work.deploying.standing
    there = standing(order.running(made.manifest, {})) if standing is not None else None
    taking = TakingOver(work.deploying, there, left, wish.take_over)
    try:
        if before is not None and not wish.refresh and is_there(before, digest, configuration):
            return Deployed("unchanged", before)
        _ready(configuration, taking, here, new=(before is None or not before.manifest) and not left)
        first = brings_no_code(order.folder) and is_first(order, before, configuration, made.manifest)
        to_apply = work.configuration(**{PUBLISHED: "false"}) if first else configuration
        found = taking.beforehand(configuration, declared(order.folder))
        planned = None if wish.agreed and not found and to_apply.empty() else to_apply.plan(taking=found)
    except EngineFailed as error:
        raise explained(error, here) from error
    if planned is not None:
        if digest != digest_of(work, made.manifest):
            raise PortableError(
                f"the files in {order.folder} were changed while they were planned. Nothing was changed in the stage "
                f"{order.stage}. Run `{order.again()}` again"
            )
        if planned.changes:
            confirm(planned, losses(planned.changes, work.deploying))
    going_on = begun(before, app, order.stage, left)
    write_record(order.record_file, going_on)

    def remember(more: Iterable[str]) -> None:
        write_record(order.record_file, replace(going_on, left=(*going_on.left, *more)))

    planned, outputs = Apply(to_apply, here, confirm, taking, remember)(planned)
    if brings_no_code(order.folder):
        outputs = _published(work, made.manifest, going_on, outputs, here, first=first)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    published = str(made.manifest["sha256"]) if brings_no_code(order.folder) else ""
    record = Record(app, order.stage, digest, configuration.version(), outputs, made.manifest, now, published)
    write_record(order.record_file, record)
    return Deployed("changed" if planned.changes else "same", record, planned)


def _ready(configuration: Configuration, taking: TakingOver, here: Situation, *, new: bool) -> None:
    """Make the engine ready. For a stage that is new here, look meanwhile whether its name is taken; raise PortableError if it is."""
    with ThreadPoolExecutor(1) as beside:
        claim = beside.submit(taking.claimed) if new else None
        configuration.ready()
    if claim is not None and claim.result() and not resources(configuration.state()):
        raise PortableError(
            f'an app called "{here.app}" is in the stage {here.stage} already: {claim.result()} is there, and the state in '
            f"{here.folder} does not know it. Nothing was changed. {another(here)}"
        )


def _published(
    work: Work, manifest: Mapping[str, Any], record: Record, outputs: dict[str, Any], here: Situation, *, first: bool
) -> dict[str, Any]:
    """Bring the code, then, the first time, apply what calls it; return the outputs."""
    order, sha256 = work.order, str(manifest["sha256"])
    if record.published != sha256:
        publish(order, manifest, outputs)
        write_record(order.record_file, replace(record, published=sha256))
    if not first:
        return outputs
    configuration = work.configuration()
    try:
        planned = configuration.plan()
    except EngineFailed as error:
        raise explained(error, here) from error
    lost = losses(planned.changes, work.deploying)
    if lost:
        raise PortableError("\n".join(["the code is there, but the next step would lose data:", *map(str, lost)]))
    return applied(configuration, planned, here)


def digest_of(work: Work, manifest: Mapping[str, Any]) -> str:
    """Return the hash of all that a deployment is made from."""
    order = work.order
    return deployment_digest(
        manifest["sha256"], order.folder, order.stage, order.environment, work.deploying.environment
    )


def is_there(record: Record, digest: str, configuration: Configuration) -> bool:
    """Say whether what would be deployed is what was deployed last, and nobody has changed the state since then."""
    return record.digest == digest and record.state is not None and record.state == configuration.version()


def begun(before: Record | None, app: str, stage: str, left: Iterable[str] = ()) -> Record:
    """Return the record to keep while something is changed: what was there last, and that it may be so no more."""
    found = before if before is not None else Record(app, stage)
    return replace(found, digest="", left=tuple(sorted(left)))


def left_by(before: Record | None, configuration: Configuration) -> frozenset[str]:
    """Return what a deployment that did not end well may have left in the cloud, by the addresses in its configuration."""
    if before is None or before.digest:
        return frozenset()
    return left_in(configuration.log("apply")).union(before.left)


def declared(folder: Path) -> frozenset[str]:
    """Return the addresses of what the configuration in a folder makes."""
    try:
        found = json.loads((folder / "main.tf.json").read_text(encoding="utf-8"))["resource"]
    except (OSError, ValueError, KeyError):
        return frozenset()
    return frozenset(f"{kind}.{label}" for kind, labels in found.items() for label in labels)


def refuse_another_app(before: Record | None, app: str, order: Order) -> None:
    """Raise PortableError where the state is that of another app, which the plan would take apart."""
    if before is not None and before.app != app:
        raise PortableError(
            f'{order.folder} holds the state of the app "{before.app}" in the stage {order.stage}, and this is "{app}". '
            "Nothing was changed. Give this app a folder of its own with --out. If you have renamed the app: destroy the "
            f"stage under its old name first, since every name in the cloud changes with it"
        )
