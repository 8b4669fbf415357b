"""`portable plan`: an app, a target and a stage in; what it will be there, who may do what, and what has changed out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import PortableError
from portable.tooling.app.kinds.registry import title
from portable.tooling.cli.deployer import (
    Boundary,
    Branch,
    Deployer,
    Issuer,
    PipelineKind,
    RepositoryName,
    Subject,
    repository_of,
    tell,
)
from portable.tooling.cli.options import App, Json, Out, StageName, Target
from portable.tooling.cli.progress import steps
from portable.tooling.grouping import grouped

if TYPE_CHECKING:
    from portable.tooling.deploy.overview import Overview

CLOSE = 0.5
"""The used part of a limit from which on it is worth a line."""


def plan(
    target: Target,
    app: App = Path(),
    stage: StageName = "dev",
    out: Out = Path("dist"),
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw it into this file.")] = None,
    engine: Annotated[
        bool, typer.Option("--engine", help="Package, and ask Terraform or OpenTofu what it would do.")
    ] = False,
    deployer: Deployer = False,
    ci: PipelineKind = None,
    boundary: Boundary = None,
    repository: RepositoryName = None,
    branch: Branch = "main",
    issuer: Issuer = "",
    subject: Subject = "",
    as_json: Json = False,
) -> None:
    """Show functions, resources, permissions and headroom, and what has changed since the last deployment.

    With --deployer, or --ci, write who may deploy instead.
    """
    from portable.tooling.deploy.deployer import write_deployer
    from portable.tooling.deploy.deploying import look
    from portable.tooling.deploy.order import Order
    from portable.tooling.deploy.overview import as_json as plain
    from portable.tooling.deploy.overview import overview

    if deployer or ci is not None or boundary is not None:
        given = repository_of(app, ci, repository, branch, issuer, subject) if ci is not None else None
        with steps(quiet=as_json) as report:
            written = write_deployer(Order(app, target, stage, out, "plan", os.environ, report), boundary, given)
        tell(written, as_json=as_json)
        return
    with steps(quiet=as_json) as report:
        order = Order(app, target, stage, out, "plan --engine" if engine else "plan", os.environ, report)
        found = overview(order)
        asked = look(order) if engine else None
    if svg is not None:
        draw(found, svg)
    if as_json:
        more = {} if asked is None else {"engine": [{"address": c.address, "action": c.action} for c in asked.changes]}
        typer.echo(json.dumps(plain(found) | more))
        return
    for line in lines(found):
        typer.echo(line)
    if asked is not None:
        from portable.tooling.cli.confirming import shown

        typer.echo("\nWhat the engine would do\n" + (shown(asked) or "  nothing"))


def draw(overview: Overview, file: Path) -> None:
    """Write the picture of an app."""
    from portable.tooling.deploy.picture import picture

    try:
        file.write_text(picture(overview), encoding="utf-8")
    except OSError as error:
        raise PortableError(f"{file} cannot be written: {error.strerror or error}") from error


def lines(overview: Overview) -> Iterator[str]:
    """Yield the lines for people."""
    functions = overview.blueprint.functions
    yield f"{overview.blueprint.app} on {overview.title}, stage {overview.stage}"
    yield f"\nFunctions ({len(functions)})"
    width = max((len(function.name) for function in functions), default=0)
    for function in functions:
        auth = function.trigger.get("auth")
        public = "  public" if function.public else f"  auth: {auth['kind']}" if auth else ""
        yield f"  {function.name:<{width}}  {title(function.trigger)}  ({function.memory} MB, {function.timeout} s){public}"
    yield f"\nResources ({len(overview.blueprint.resources)})"
    there = overview.blueprint.drivers
    yield from (
        f"  {each.kind} {each.name}{f'  in {there[each.kind]}' if each.kind in there else ''}"
        for each in overview.blueprint.resources
    )
    yield from (f"  set {' or '.join(names)}" for names in overview.blueprint.wants)
    yield "\nWho may do what"
    for identity in overview.identities:
        yield f"  {identity.name}" + (
            "" if identity.functions == (identity.name,) else f" ({', '.join(identity.functions)})"
        )
        yield from (f"    {text}" for text in permissions(identity.permissions))
    yield from _gained(overview)
    close = [each for each in overview.headroom if each.share >= CLOSE]
    yield f"\nHeadroom ({len(overview.headroom) - len(close)} of {len(overview.headroom)} known limits are used by less than half)"
    for each in close:
        unit = f" {each.limit.unit}" if each.limit.unit else ""
        yield f"  {each.share:4.0%}  {each.limit.title}: {each.value:,} of {each.limit.most:,}{unit} ({each.of})"
    if overview.made:
        made = ", ".join(
            f"{count} {kind}" for kind, count in sorted(overview.made.items(), key=lambda item: (-item[1], item[0]))
        )
        yield f"\nThe infrastructure has {sum(overview.made.values())} resources: {made}"
    yield from _changed(overview)
    yield from (f"note: {note}" for note in overview.notes)


def permissions(held: Any) -> list[str]:
    """Return permissions by their resource, as "get, put on the bucket "photos""."""
    together = grouped(((each.kind, each.resource), each.action) for each in held)
    return [f'{", ".join(actions)} on the {kind} "{name}"' for (kind, name), actions in together.items()] or ["nothing"]


def _gained(overview: Overview) -> Iterator[str]:
    yield "\nGained without having asked, by sharing an identity or a database"
    some = False
    for identity in overview.identities:
        for function in identity.functions:
            if identity.gained(function):
                some = True
                yield f"  {function}: {'; '.join(permissions(gain.permission for gain in identity.gains(function)))}"
    if not some:
        yield "  nothing"


def _changed(overview: Overview) -> Iterator[str]:
    if not overview.since:
        yield f"\nThe stage {overview.stage} was never deployed from here"
        return
    yield f"\nSince the deployment of {overview.since}"
    yield from (f"  {each}" for each in overview.differences)
    if not overview.differences:
        yield "  nothing has changed in what the app declares, nor in its files"
