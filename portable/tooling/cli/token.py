"""`portable token`: who calls in, a token that `portable dev` takes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import App


def token(
    subject: Annotated[str, typer.Argument(help="Who calls: the `sub` of the token.", metavar="SUBJECT")],
    app: App = Path(),
    function: Annotated[
        str | None,
        typer.Option(
            "--function", "-f", help="The function that is called.", show_default="the first that takes tokens"
        ),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="A scope; may be repeated.", show_default="all that it asks for")
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", help="A claim as name=value, the value JSON or text; may be repeated."),
    ] = None,
) -> None:
    """Print a token for a day, which `portable dev` takes for functions with auth=http.jwt(…), and nothing else does."""
    from portable.tooling.app.settings import load_settings
    from portable.tooling.cli.progress import steps
    from portable.tooling.dev.state import state_of
    from portable.tooling.dev.stored.opening import read_model
    from portable.tooling.dev.tokens import DevTokens, setting_values
    from portable.tooling.targets import target_names

    settings = load_settings(app, targets=target_names())
    with steps(quiet=True) as report:
        model = read_model(settings, report)
    found = DevTokens(model, state_of(settings.project))
    values = setting_values(model, settings.project)
    typer.echo(found.token(subject, values, function, scope, dict(_claim(each) for each in claim or ())))


def _claim(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise PortableError(f"--claim {text!r} must have the form name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
