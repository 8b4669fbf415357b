"""`portable deploy`: an app, a target and a stage in; the app runs there, and its URL and what to do next out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shlex import quote
from time import monotonic
from typing import Annotated, Any

import typer

from portable.tooling.cli.deploy_code import bring_code
from portable.tooling.cli.options import App, Json, Out, StageName, Target, Yes
from portable.tooling.cli.progress import steps


def deploy(
    target: Target,
    app: App = Path(),
    stage: StageName = "dev",
    out: Out = Path("dist"),
    yes: Yes = False,
    allow_data_loss: Annotated[
        list[str] | None, typer.Option(help="The name of a bucket, table, … that may be deleted with its data.")
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the engine even if nothing has changed here.")
    ] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take over what is there already and the engine's state does not know.")
    ] = False,
    code: Annotated[
        bool, typer.Option("--code", help="Bring new code to the functions that it changes, without the engine.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Return to the code that ran before the last one, without the engine.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Package an app, show what would change in a stage, and apply it with Terraform or OpenTofu."""
    from portable.tooling.cli.confirming import Confirming
    from portable.tooling.deploy.deploying import Wish
    from portable.tooling.deploy.deploying import deploy as deployed
    from portable.tooling.deploy.next_steps import next_steps
    from portable.tooling.deploy.order import Order, deploying_of
    from portable.tooling.remote.updating import remember

    if code or rollback:
        if refresh or allow_data_loss or take_over:
            raise typer.BadParameter(
                "--refresh, --take-over and --allow-data-loss are for the engine, which --code does not start"
            )
        bring_code(app, target, stage, out, rollback=rollback, as_json=as_json)
        return
    begun = monotonic()
    with steps(quiet=as_json) as report:
        given = [*(["--yes"] if yes else ()), *(["--take-over"] if take_over else ())]
        given += [f"--allow-data-loss {quote(name)}" for name in allow_data_loss or ()]
        order = Order(app, target, stage, out, " ".join(["deploy", *given]), os.environ, report)
        confirm = Confirming(stage, order.again(), yes=yes, allowed=allow_data_loss or (), quiet=as_json)
        done = deployed(order, pausing(report, confirm), Wish(refresh, take_over, agreed=yes))
        outputs = done.record.outputs
        remember(order, done.record.manifest, changed=done.outcome != "unchanged")
        todo = [] if done.outcome == "unchanged" else next_steps(order, deploying_of(target), outputs)
    changes = len(done.planned.changes) if done.planned is not None else 0
    if as_json:
        made = {"stage": stage, "outcome": done.outcome, "changes": changes, "outputs": outputs, "next": todo}
        typer.echo(json.dumps(made))
        return
    seconds = f"{monotonic() - begun:.1f} s"
    typer.echo(
        {
            "unchanged": f"Nothing has changed since {done.record.at}; nothing was touched ({seconds}).",
            "same": f"What is deployed is what would be deployed; nothing was changed ({seconds}).",
            "changed": f"Deployed to the stage {stage}: {changes} changes ({seconds}).",
        }[done.outcome]
    )
    if "url" in outputs:
        typer.echo(outputs["url"])
    for step in todo:
        typer.echo(f"next: {step}")


def pausing(report: Any, confirm: Any) -> Any:
    """Return a question that is not asked beside a spinner."""

    def ask(*found: Any) -> None:
        report("")
        confirm(*found)

    return ask
