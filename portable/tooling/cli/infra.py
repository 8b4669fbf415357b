"""`portable infra`: an app, a target and a stage in, the files of its infrastructure out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from portable.errors import PortableError
from portable.tooling.cli.package import App, Json, check_target
from portable.tooling.cli.progress import steps

StageName = Annotated[str, typer.Option("--stage", "-s", help="Which of the app's stages: dev, prod, …")]


def infra(
    target: Annotated[str, typer.Option("--target", "-t", help="Where it will run: aws, azure, gcp, …")],
    app: App = Path(),
    stage: StageName = "dev",
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder that gets <target>/infra/.")] = Path("dist"),
    as_json: Json = False,
) -> None:
    """Package an app and write its infrastructure as Terraform JSON: main, variables and outputs."""
    from portable.tooling import pipeline

    check_target(target)
    with steps(quiet=as_json) as report:
        done = pipeline.package(app, target, out, report, stage=stage)
    if not done.infrastructure:
        raise PortableError(f"{target} has no infrastructure that Terraform makes: see docs/{target}.md")
    if as_json:
        typer.echo(json.dumps({"stage": stage, "files": [str(file) for file in done.infrastructure]}))
        return
    for file in done.infrastructure:
        typer.echo(f"{file}")
