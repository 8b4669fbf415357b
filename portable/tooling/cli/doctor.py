"""`portable doctor`: takes an artifact; prints whether its host can load it. The exit code is 1 if it cannot."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from portable.tooling.cli.options import Json
from portable.tooling.cli.progress import steps


def doctor(
    artifact: Annotated[
        Path, typer.Argument(help="The folder of an artifact, or a folder with several artifacts.")
    ] = Path("dist"),
    as_json: Json = False,
) -> None:
    """Load an artifact as its host does, in a clean process, and report the result."""
    from portable.tooling.run.doctor import artifacts, examine

    well = True
    found = {}
    with steps(quiet=as_json) as report:
        for folder in artifacts(artifact):
            found[str(folder)] = findings = list(examine(folder, report))
            well = well and all(finding.ok for finding in findings)
    if as_json:
        typer.echo(json.dumps({name: [asdict(item) for item in items] for name, items in found.items()}))
    else:
        for name, findings in found.items():
            typer.echo(name)
            for finding in findings:
                if finding.traceback:
                    sys.stderr.write(f"{finding.traceback}\n")
                typer.echo(f"  {'ok' if finding.ok else 'FAULT'}  {finding.text}")
    if not well:
        raise typer.Exit(1)
