"""`portable new`: takes a folder's name; returns a project with an app and its tests."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import Json


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to create. The app gets its name.")],
    as_json: Json = False,
) -> None:
    """Create a project: app.py, its tests, pyproject.toml and a README."""
    from portable.tooling.app.project import new_project

    files = new_project(folder.resolve().name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PortableError(f"{folder} exists and is not empty: choose another folder")
    parent = folder.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=parent) as temporary:
        made = Path(temporary, "project")
        for path, text in files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_text(text, encoding="utf-8")
        made.rename(folder.resolve())  # an empty folder gives way
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "files": sorted(files)}))
        return
    typer.echo(f"created {folder} with {', '.join(sorted(files))}")
    typer.echo(f"next: cd {folder} && pytest && portable package --target aws")
