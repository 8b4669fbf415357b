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
    made = done.infrastructure
    if not made.written:
        raise PortableError(f"portable writes no infrastructure for {target}: use its own tools")
    if as_json:
        files = {"files": made.written, "removed": made.removed, "kept": made.kept}
        typer.echo(
            json.dumps({"stage": stage, **{name: [str(file) for file in found] for name, found in files.items()}})
        )
        return
    for file in made.written:
        typer.echo(f"{file}")
    for line in made.told():
        typer.echo(line, err=True)
