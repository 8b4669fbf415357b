"""`portable destroy`: a stage in, nothing of it out, or its data only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import App, Json, Out, StageName, Target, Yes
from portable.tooling.cli.progress import steps


def destroy(
    target: Target,
    stage: StageName,
    app: App = Path(),
    out: Out = Path("dist"),
    data: Annotated[
        bool, typer.Option("--data", help="Destroy the data too: tables, buckets, queues, secrets.")
    ] = False,
    confirm_stage: Annotated[
        str | None, typer.Option(help="The stage's name again, which agrees to the loss of its data.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Destroy what a stage runs. Its data stays, unless --data and the stage's name are given."""
    from portable.tooling.cli.confirming import Confirming
    from portable.tooling.deploy.configuration import Planned
    from portable.tooling.deploy.destroying import destroy as destroyed
    from portable.tooling.deploy.loss import Loss
    from portable.tooling.deploy.order import Order

    if confirm_stage is not None and (confirm_stage != stage or not data):
        raise typer.BadParameter(
            f"it takes --data and the stage that is destroyed, {stage}", param_hint="--confirm-stage"
        )
    with steps(quiet=as_json) as report:
        agreed_to = f"--confirm-stage {stage}" if confirm_stage is not None else ""
        given = ["destroy", "--data" if data else "", agreed_to, "--yes" if yes else ""]
        order = Order(app, target, stage, out, " ".join(filter(None, given)), os.environ, report)

        def confirm(planned: Planned, lost: tuple[Loss, ...]) -> None:
            report("")
            if lost and confirm_stage is None:
                agree(order.again(), stage, lost)
            agreed = yes or confirm_stage is not None or bool(lost)
            named = [loss.address for loss in lost]
            Confirming(stage, order.again(), yes=agreed, allowed=named, quiet=as_json)(planned, lost)

        done = destroyed(order, confirm, data=data)
    kept = [{"kind": word, "name": name} for word, name in done.kept]
    if as_json:
        typer.echo(json.dumps({"stage": stage, "destroyed": done.count, "kept": kept}))
        return
    typer.echo(
        f"Destroyed {done.count} resources of the stage {stage}."
        if done.count
        else f"Nothing of the stage {stage} runs."
    )
    if kept:
        typer.echo("Its data is kept: " + ", ".join(f"{word} {name}" for word, name in done.kept))
        typer.echo(f"`{order.again('deploy')}` goes on with it; `{order.again('destroy --data')}` deletes it.")


def agree(again: str, stage: str, lost: tuple[object, ...]) -> None:
    """Return when the user has typed the name of the stage whose data will be gone. Raises PortableError."""
    from portable.tooling.cli.confirming import asks

    for loss in lost:
        typer.echo(f"  {loss}", err=True)
    if not asks():
        raise PortableError(
            f"this would delete data, so nothing was changed. Agree with `{again} --confirm-stage {stage}`"
        )
    typed = typer.prompt("Type the name of the stage to delete its data", err=True)
    if typed != stage:
        raise PortableError(f'"{typed}" is not "{stage}": nothing was changed')
