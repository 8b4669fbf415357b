"""`portable infra`: an app, a target and a stage in, the files of its infrastructure out."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import App, Json, Out, StageName, Target
from portable.tooling.cli.progress import steps


def infra(
    target: Target,
    app: App = Path(),
    stage: StageName = "dev",
    out: Out = Path("dist"),
    as_json: Json = False,
) -> None:
    """Package an app and write its infrastructure: for a cloud as Terraform JSON, main, variables and outputs."""
    from portable.tooling import pipeline

    with steps(quiet=as_json) as report:
        done = pipeline.package(app, target, out, report, stage=stage)
    if not done.infrastructure:
        raise PortableError(f"portable writes no infrastructure for {target}: use its own tools")
    if as_json:
        typer.echo(json.dumps({"stage": stage, "files": [str(file) for file in done.infrastructure]}))
        return
    for file in done.infrastructure:
        typer.echo(f"{file}")
