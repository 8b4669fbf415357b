"""`portable package`: takes an app and a target; returns `<out>/<target>/` and a few lines about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from portable.errors import DeclarationError, PortableError
from portable.tooling.app.kinds.registry import title
from portable.tooling.app.places import clickable
from portable.tooling.cli.options import App, Json, Out, Target
from portable.tooling.cli.progress import steps


def package(
    target: Target,
    app: App = Path(),
    out: Out = Path("dist"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ignore the cache: read the app and resolve its dependencies again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Create the artifact of an app for a target: bundle/, bundle.zip and manifest.json."""
    from portable.tooling import pipeline
    from portable.tooling.app.settings import load_settings
    from portable.tooling.targets import target_names

    with steps(quiet=as_json) as report:
        try:
            done = pipeline.package(app, target, out, report, fresh)
        except DeclarationError as error:
            folder = load_settings(app, target, target_names()).folder
            raise PortableError(clickable(str(error), folder)) from error
    if as_json:
        typer.echo(json.dumps({"folder": str(done.folder), "manifest": done.manifest}))
        return
    typer.echo(clickable(summary(done.folder, done.manifest), done.app))
    for line in done.infrastructure.told():
        typer.echo(line, err=True)


def summary(folder: Path, manifest: dict[str, Any]) -> str:
    """Return a manifest as text for people."""
    lines = [f"{folder}/bundle.zip  {size(manifest['size'])}, Python {manifest['python']}"]
    width = max(len(item["name"]) for item in manifest["functions"])
    lines += [f"  {item['name']:<{width}}  {title(item['trigger'])}" for item in manifest["functions"]]
    if manifest["requirements"]:
        lines.append("  with " + ", ".join(f"{item['name']} {item['version']}" for item in manifest["requirements"]))
    lines += [f"  note: {note}" for note in manifest["notes"]]
    return "\n".join(lines)


def size(count: int) -> str:
    """Return a number of bytes for people."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.1f} kB"
