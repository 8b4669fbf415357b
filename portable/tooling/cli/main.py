"""`portable …`: the program. One message on stderr and exit code 1 for what is the app's fault, 2 for bad usage."""

from __future__ import annotations

import json
import sys

import typer

from portable.errors import PortableError
from portable.tooling.cli import doctor, invoke, new, package

app = typer.Typer(
    name="portable",
    help="Write serverless functions in plain Python; package them for any cloud.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def main() -> None:
    """Write serverless functions in plain Python; package them for any cloud."""


app.command()(new.new)
app.command()(invoke.invoke)
app.command()(package.package)
app.command()(doctor.doctor)


def run() -> None:
    """Run the command that the arguments name; ends the process."""
    try:
        app()
    except PortableError as error:
        fail(error)
    except OSError as error:
        fail(PortableError(f"{error.filename}: {error.strerror}" if error.filename else str(error)))


def fail(error: PortableError) -> None:
    """Tell an error, after the user's own traceback where there is one, and end with code 1."""
    own = getattr(error, "traceback", "")
    if own:
        sys.stderr.write(own if own.endswith("\n") else f"{own}\n")
    sys.stderr.write(f"portable: {error}\n")
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
    raise SystemExit(1)


if __name__ == "__main__":
    run()
