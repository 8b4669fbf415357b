"""`portable secret set | list`: the secrets of a stage. A value comes from stdin and is shown nowhere."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import App, Json, Out, StageName, Target
from portable.tooling.cli.progress import steps

secret = typer.Typer(help="Set the secrets of a stage, and see which are set.", no_args_is_help=True)


@secret.command("set")
def set_value(
    name: Annotated[str, typer.Argument(help="The name in `Secret(name)`.", metavar="NAME")],
    target: Target,
    app: App = Path(),
    stage: StageName = "dev",
    out: Out = Path("dist"),
    as_json: Json = False,
) -> None:
    """Set a secret to what is read from stdin, without one newline at its end. On a terminal it is asked for, unseen."""
    from portable.tooling.deploy.order import Order
    from portable.tooling.deploy.secrets import set_secret

    value = given()
    with steps(quiet=as_json) as report:
        set_secret(Order(app, target, stage, out, "secret set", os.environ, report), name, value)
    if as_json:
        typer.echo(json.dumps({"stage": stage, "secret": name, "set": True}))
    else:
        typer.echo(f"Set the secret {name} of the stage {stage}. Functions that run read it again within five minutes.")


@secret.command("list")
def list_secrets(
    target: Target, app: App = Path(), stage: StageName = "dev", out: Out = Path("dist"), as_json: Json = False
) -> None:
    """List the secrets of a stage and whether they are set. Values are not read."""
    from portable.tooling.deploy.order import Order
    from portable.tooling.deploy.secrets import secrets_set

    with steps(quiet=as_json) as report:
        found = secrets_set(Order(app, target, stage, out, "secret list", os.environ, report))
    if as_json:
        typer.echo(json.dumps({"stage": stage, "secrets": found}))
        return
    for name, is_set in found.items():
        typer.echo(f"{name}  {'set' if is_set else 'not set'}")
    if not found:
        typer.echo(f"The stage {stage} has no secrets.")


def given() -> str:
    """Return the value that was typed or piped in. One newline at its end is not part of it, as editors and echo add one."""
    if sys.stdin.isatty():
        value = getpass.getpass("Value: ")
    else:
        data = sys.stdin.buffer.read()
        try:
            value = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise PortableError("a secret is text in UTF-8, and this is not: write bytes in base64") from error
        value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise PortableError("nothing was given: pipe the value in, for example `… secret set token < token.txt`")
    return value
