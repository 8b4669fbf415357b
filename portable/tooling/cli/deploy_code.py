"""The `--code` and `--rollback` of `portable deploy`: brings code to the functions that it changes; prints which ones."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from time import monotonic

import typer

from portable.tooling.cli.progress import steps


def bring_code(app: Path, target: str, stage: str, out: Path, *, rollback: bool, as_json: bool) -> None:
    """Package an app and bring its code to the functions that it changes, or return to the code before."""
    from portable.tooling.deploy.order import Order
    from portable.tooling.remote.updating import roll_back, update

    begun = monotonic()
    with steps(quiet=as_json) as report:
        order = Order(app, target, stage, out, "deploy --code", os.environ, report)
        done = roll_back(order) if rollback else update(order)
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    seconds = f"{monotonic() - begun:.1f} s"
    for unit in done.changed:
        typer.echo(f"new code: {unit}")
    left = len(done.same) + len(done.untouched)
    other = f"; the change does not reach the other {left}" if left and done.changed else ""
    if done.changed:
        typer.echo(f"{len(done.changed)} run the code {done.sha256[:12]}{other} ({seconds}).")
    else:
        typer.echo(f"Nothing has changed in the code: nothing was touched ({seconds}).")
