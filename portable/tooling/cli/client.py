"""`portable client`: an app in, the source of a typed client of its HTTP functions out."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from portable.tooling.cli.options import App


class Language(StrEnum):
    """The language of a client."""

    python = "python"
    typescript = "typescript"


def client(
    language: Annotated[Language, typer.Argument(help="The language of the client.")],
    app: App = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write.", show_default="print the source")
    ] = None,
) -> None:
    """Write a typed client of an app's HTTP functions, as one file."""
    from portable.tooling.cli.openapi import write
    from portable.tooling.cli.progress import steps
    from portable.tooling.client import python_source, typescript_source
    from portable.tooling.documented import described

    with steps(quiet=out is None) as report:
        document = json.loads(described(app, report))
    made = python_source if language is Language.python else typescript_source
    write(made.source(document), out)
