"""The arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def check_target(name: str | None) -> str | None:
    """Return the name of a target that is installed, None for none. Raises the usage error of another one."""
    from portable.tooling.targets import target_names

    known = target_names()
    if name is not None and name not in known:
        raise typer.BadParameter(
            f'there is no target "{name}"; the installed ones are: {", ".join(known)}', param_hint="--target"
        )
    return name


App = Annotated[Path, typer.Argument(help="The folder or file of the app.", show_default="the current folder")]
Target = Annotated[str, typer.Option("--target", "-t", help="Where it runs: aws, azure, gcp, …", callback=check_target)]
StageName = Annotated[str, typer.Option("--stage", "-s", help="Which of the app's stages: dev, prod, …")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The folder of artifacts, with one for each target.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. Data is deleted only when it is named.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
