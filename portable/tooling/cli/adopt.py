"""`portable adopt`: an app of Chalice, functions-framework or Azure Functions in, an app of portable and a report out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import Json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.tooling.adopt.values import Adopted


def adopt(
    source: Annotated[
        Path,
        typer.Argument(help="The folder or the file of an app of Chalice, functions-framework or Azure Functions v2."),
    ],
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", help="The folder to create.", show_default="the name of the source with -portable, here"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write an app of another framework as one of portable, and say what could not be carried over."""
    from portable.tooling.adopt.adopting import adopt as adopted_app
    from portable.tooling.adopt.adopting import placed
    from portable.tooling.adopt.report import report_data, report_text

    folder = into or Path(f"{(source if source.is_dir() else source.with_suffix('')).resolve().name}-portable")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PortableError(f"{folder} exists and is not empty: choose another folder by --into")
    adopted = placed(adopted_app(source), source if source.is_dir() else source.parent)
    _write(adopted, folder.resolve())
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), **report_data(adopted)}, indent=2))
        return
    typer.echo(report_text(adopted))
    typer.echo(f"\nwrote {folder}; next: cd {folder} && portable check")


def _write(adopted: Adopted, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adopt-", dir=folder.parent) as temporary:
        made = Path(temporary, "project")
        for path, content in adopted.files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
        made.rename(folder)  # an empty folder gives way
