"""`portable openapi`: an app in, the OpenAPI document of its HTTP functions out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portable.tooling.cli.options import App


def openapi(
    app: App = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write.", show_default="print the document")
    ] = None,
) -> None:
    """Write the OpenAPI 3.1 document of an app's HTTP functions."""
    from portable.tooling.cli.progress import steps
    from portable.tooling.documented import described

    with steps(quiet=out is None) as report:
        text = described(app, report)
    write(text, out)


def write(text: str, out: Path | None) -> None:
    """Write a text to a file and print its name; without a file print the text."""
    if out is None:
        typer.echo(text, nl=False)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{out}")
