"""`portable package`: takes an app and a target; returns `<out>/<target>/` and a few lines about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from portable.errors import DeclarationError, PortableError
from portable.tooling.app.kinds.registry import title
from portable.tooling.app.places import clickable
from portable.tooling.cli.progress import steps

App = Annotated[Path, typer.Argument(help="The folder or file of the app.", show_default="the current folder")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def package(
    target: Annotated[str, typer.Option("--target", "-t", help="The target to package for: aws, azure, gcp, …")],
    app: App = Path(),
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder in which <target>/ is written.")] = Path("dist"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ignore the cache: read the app and resolve its dependencies again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Create the artifact of an app for a target: bundle/, bundle.zip and manifest.json."""
    from portable.tooling import pipeline
    from portable.tooling.app.settings import load_settings
    from portable.tooling.targets import target_names

    check_target(target)
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


def check_target(name: str) -> None:
    """Raise the usage error of a target that is not installed."""
    from portable.tooling.targets import target_names

    known = target_names()
    if name not in known:
        raise typer.BadParameter(
            f'there is no target "{name}"; the installed ones are: {", ".join(known)}', param_hint="--target"
        )


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
