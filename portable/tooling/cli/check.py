"""`portable check`: an app and targets in, what stands against them out.

The exit code is 0 when all is well, 1 when there are errors (with --strict also warnings and gained permissions), 2 for bad usage.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from portable.tooling.cli.options import App, Json, Out, StageName, check_target
from portable.tooling.cli.progress import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.tooling.check.examine import Report


class Format(StrEnum):
    """The form of the report."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def check(
    app: App = Path(),
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            "-t",
            help="A target to check for; may be given several times.",
            show_default="those that the project has a table or an artifact for, else all that are installed",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail on warnings too, and on any permission that a function did not ask for."),
    ] = False,
    source: Annotated[
        str | None, typer.Option("--from", help="Report what a move from this target means; with --to.")
    ] = None,
    destination: Annotated[str | None, typer.Option("--to", help="The target to move to.")] = None,
    form: Annotated[Format, typer.Option("--format", help="The form of the report.")] = Format.text,
    stage: StageName = "dev",
    out: Out = Path("dist"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Ignore the cache: read the app again.")] = False,
    as_json: Json = False,
) -> None:
    """Say what stands against an app on each target, before anything is packaged."""
    from portable.tooling.check.examine import examine, examine_installed
    from portable.tooling.infra.stage import check_stage
    from portable.tooling.targets import target_names

    check_stage("app", stage)
    chosen = _chosen(target or [], source, destination)
    wanted = Format.json if as_json else form
    with steps(quiet=wanted is not Format.text) as report:
        if chosen:
            found = examine(app, chosen, out, report, fresh)
        else:
            found = examine_installed(app, target_names(), out, report, fresh)
    if found.traceback and wanted is Format.text:
        sys.stderr.write(found.traceback)
    if source is None:
        typer.echo(_written(found, wanted, strict))
        failed = found.fails(strict)
    else:
        typer.echo(_moved(found, wanted, strict))
        failed = any(one.counts(strict) for one in found.findings if destination in one.targets)
    if failed:
        raise typer.Exit(1)


def _chosen(targets: list[str], source: str | None, destination: str | None) -> list[str]:
    """Return the targets that the options name. Raises a usage error for options that do not go together."""
    for name in (*targets, *filter(None, (source, destination))):
        check_target(name)
    if (source is None) != (destination is None):
        raise typer.BadParameter("give both, such as --from aws --to gcp", param_hint="--from/--to")
    if source is None or destination is None:
        return targets
    if targets:
        raise typer.BadParameter("--target does not go together with --from and --to", param_hint="--target")
    if source == destination:
        raise typer.BadParameter(f"{source} is where the app is already", param_hint="--to")
    return [source, destination]


def _written(report: Report, form: Format, strict: bool) -> str:
    """Return a report in a form; each form is imported when it is asked for."""
    if form is Format.sarif:
        from portable.tooling.check.formats.sarif import sarif

        return sarif(report)
    if form is Format.github:
        from portable.tooling.check.formats.github import github

        return github(report)
    if form is Format.json:
        from portable.tooling.check.formats.data import data

        return json.dumps(data(report, strict))
    from portable.tooling.check.formats.plain import text

    return text(report, strict)


def _moved(report: Report, form: Format, strict: bool) -> str:
    """Return the report of a move: annotations are those of the destination."""
    from portable.tooling.check.formats.data import data
    from portable.tooling.check.formats.moving import moving_data, moving_text
    from portable.tooling.check.migration import at_destination, migration

    if form in (Format.sarif, Format.github):
        return _written(at_destination(report), form, strict)
    move = migration(report)
    if form is Format.json:
        return json.dumps({**data(at_destination(report), strict), "move": moving_data(move)})
    return moving_text(move)
