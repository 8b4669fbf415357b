"""`portable …`: the program. Errors are one message on stderr. The exit code is 1 for errors of the app, 2 for bad usage."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer

from portable.errors import PortableError
from portable.tooling.cli.kinds import registry as kinds

HOME = "portable.tooling.cli"
COMMANDS = {
    "new": "new:new",
    "adopt": "adopt:adopt",
    "dev": "dev:dev",
    "token": "token:token",
    "events": "events:events",
    **kinds.COMMANDS,
    "invoke": "invoke:invoke",
    "package": "package:package",
    "doctor": "doctor:doctor",
    "infra": "infra:infra",
    "logs": "logs:logs",
    "plan": "plan:plan",
    "deploy": "deploy:deploy",
    "secret": "secret:secret",
    "destroy": "destroy:destroy",
    "check": "check:check",
    "openapi": "openapi:openapi",
    "client": "client:client",
}
"""Where each command is, in the order of `--help`. Only the one that is called is imported."""
UsageFault: type[Exception] = typer.BadParameter.__mro__[2]
"""The errors of click for bad usage. They are found through BadParameter, as some versions of typer have their own click."""


def tell_version(wanted: bool) -> None:
    """Print the version and exit if `wanted`."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"portable {version('portable-functions')}")
        raise typer.Exit


def main(
    version: Annotated[
        bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Write serverless functions in plain Python; package them for any cloud."""


def program(called: str = "") -> typer.Typer:
    """Return the program with the command that is called; with all commands for a name that none has."""
    app = typer.Typer(
        name="portable",
        help="Write serverless functions in plain Python; package them for any cloud.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(main)
    for name in [called] if called in COMMANDS else COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(f"{HOME}.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def run(started: object = None) -> None:
    """Run the command that the arguments name; ends the process. The command finds `started` in its context."""
    try:
        code = program("".join(sys.argv[1:2]))(standalone_mode=False, obj=started)
    except PortableError as error:
        own = getattr(error, "traceback", "")
        if own:
            sys.stderr.write(own if own.endswith("\n") else f"{own}\n")
        for note in getattr(error, "notes", ()):
            sys.stderr.write(f"note: {note}\n")
        fail(str(error))
    except UsageFault as error:
        misused(error)
    except typer.Abort:
        fail("aborted")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    raise SystemExit(code if isinstance(code, int) else 0)


def fail(message: str) -> NoReturn:
    """Print an error and exit with code 1."""
    sys.stderr.write(f"portable: {message}\n")
    end(message, 1)


def misused(error: Any) -> NoReturn:
    """Print click's message about bad usage, with its hint to --help, and exit with code 2."""
    error.show()
    end(error.format_message(), error.exit_code)


def end(message: str, code: int) -> NoReturn:
    """Exit with a code. Print the message first, as JSON if the arguments ask for JSON."""
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": message}) + "\n")
    raise SystemExit(code)


if __name__ == "__main__":
    run()
