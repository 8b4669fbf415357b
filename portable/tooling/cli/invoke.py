"""`portable invoke`: takes a function's name and an event from a file or from options; prints the result.

The exit code is 1 if the function fails or replies with a status of 500 or more.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from portable.tooling.cli.invoke_remote import called_there
from portable.tooling.cli.options import Json, check_target
from portable.tooling.cli.progress import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.tooling.run.invocation import Returned

FAULT = 500
"""The lowest status that counts as a failure of the function."""
HELP = "The folder or file of the app (default: the current folder), then the name of the function."


def invoke(
    names: Annotated[list[str], typer.Argument(metavar="[APP] FUNCTION", help=HELP)],
    event: Annotated[Path | None, typer.Option("--event", help="Send the event in this JSON file; - is stdin.")] = None,
    http: Annotated[str | None, typer.Option("--http", help='Send an HTTP request: "PUT /photos/cat.jpg".')] = None,
    message: Annotated[
        str | None, typer.Option("--message", help="Send a message with this payload; @FILE reads a file.")
    ] = None,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", "-a", help="Add an attribute to the message: name=value.")
    ] = None,
    key: Annotated[str | None, typer.Option("--object", help="Send an object event with this key.")] = None,
    tick: Annotated[bool, typer.Option("--tick", help="Fire the schedule now.")] = False,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="The body of the request; @FILE reads a file.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="Add a header to the request: name:value.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the body of the response to this file.")
    ] = None,
    as_json: Json = False,
    remote: Annotated[bool, typer.Option("--remote", help="Call the function of a stage that runs.")] = False,
    target: Annotated[
        str | None,
        typer.Option("--target", "-t", help="With --remote: where the stage runs.", callback=check_target),
    ] = None,
    stage: Annotated[str, typer.Option("--stage", "-s", help="With --remote: which stage.")] = "dev",
    out: Annotated[
        Path, typer.Option("--out", help="With --remote: the folder that holds <target>/manifest.json.")
    ] = Path("dist"),
) -> None:
    """Run one function on this machine, from source, with local buckets, tables and queues in .portable/local.

    The function is called once: a failed call is not retried, and no event goes to the dead letters. An event that does
    not match the trigger's filter, prefix or suffix is not delivered. With --remote the function of a stage is called.
    """
    from portable.tooling.app.settings import load_settings
    from portable.tooling.run import invocation
    from portable.tooling.targets import target_names

    if len(names) > 2:
        raise typer.BadParameter(
            "give the name of a function, or an app and the name of a function", param_hint="names"
        )
    given = made_event(event, http, message, key, tick, data, header or [], attribute or [])
    app = Path(names[0] if len(names) == 2 else ".")
    if remote != (target is not None):
        raise typer.BadParameter("give --remote and --target together, or none of them")
    if target is not None:
        returned = called_there(app, names[-1], given, target, stage, out, as_json)
        finish(returned, as_json, output)
        return
    settings = load_settings(app, None, target_names())
    with steps(quiet=as_json) as report:
        returned = invocation.invoke(settings, names[-1], given, report, echo)
    finish(returned, as_json, output)


def finish(returned: Returned, as_json: bool, output: Path | None) -> None:
    """Print what came back, and end with the exit code of it."""
    for note in returned.notes:
        echo(f"note: {note}\n")
    if output is not None:
        output.write_bytes(returned.body)
    show(returned, as_json, output)
    if returned.status >= FAULT:
        raise typer.Exit(1)


def echo(text: str) -> None:
    """Write what the function printed, or a note, to stderr."""
    typer.echo(text, err=True, nl=False)


def made_event(
    event: Path | None,
    http: str | None,
    message: str | None,
    key: str | None,
    tick: bool,
    data: str | None,
    headers: list[str],
    attributes: list[str],
) -> dict[str, Any]:
    """Return the event that the options describe, as plain data. Raises a usage error when they describe none or two."""
    if sum((event is not None, http is not None, message is not None, key is not None, tick)) != 1:
        raise typer.BadParameter("give exactly one of --event, --http, --message, --object or --tick")
    if (data is not None or headers) and http is None:
        raise typer.BadParameter("--data and --header are only for --http")
    if attributes and message is None:
        raise typer.BadParameter("--attribute is only for --message")
    if event is not None:
        return event_of(event)
    if http is not None:
        method, _, path = http.strip().partition(" ")
        if not path.strip().startswith("/"):
            raise typer.BadParameter(f'--http takes a method and a path such as "GET /", not {http!r}')
        for line in headers:
            if not line.partition(":")[0].strip() or ":" not in line:
                raise typer.BadParameter(f"--header takes name:value, not {line!r}")
        pairs = [[name.strip(), value.strip()] for name, _, value in (line.partition(":") for line in headers)]
        return {"kind": "http", "method": method, "path": path.strip(), "headers": pairs, "data": content(data or "")}
    if message is not None:
        for pair in attributes:
            if not pair.partition("=")[0] or "=" not in pair:
                raise typer.BadParameter(f"--attribute takes name=value, not {pair!r}")
        pairs_of = {name: value for name, _, value in (pair.partition("=") for pair in attributes)}
        return {"kind": "message", "data": content(message), "attributes": pairs_of}
    return {"kind": "tick"} if tick else {"kind": "object", "key": key}


def event_of(file: Path) -> dict[str, Any]:
    """Return the event in a JSON file. Raises a usage error when it holds none."""
    try:
        found = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--event") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} does not contain a JSON object", param_hint="--event")
    return found


def content(text: str) -> str:
    """Return text, or the bytes of the file it names after an @, in base64."""
    if not text.startswith("@"):
        return base64.b64encode(text.encode()).decode()
    try:
        return base64.b64encode(Path(text[1:]).read_bytes()).decode()
    except OSError as error:
        raise typer.BadParameter(f"{text[1:]}: {error.strerror}") from error


def show(returned: Returned, as_json: bool, output: Path | None) -> None:
    """Print what came back: a response with its headers and, where it is text, its body."""
    status, body = returned.status, returned.printed
    if as_json:
        typer.echo(json.dumps(described(returned)))
        return
    if not status:
        typer.echo("not called" if not returned.called else "done" if returned.known else "handed over")
        return
    typer.echo(f"HTTP {status}")
    for name, value in returned.headers:
        typer.echo(f"{name}: {value}")
    typer.echo("")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = None
    if output is not None:
        typer.echo(f"{len(returned.body)} bytes were written to {output}")
    elif text is None or "\0" in text:
        typer.echo(f"{len(body)} bytes that are not text; use --output to write them to a file")
    elif text:
        typer.echo(text)


def described(returned: Returned) -> dict[str, Any]:
    """Return what came back for machines: a response with its body in base64, else whether the function was called."""
    notes = {"notes": list(returned.notes)} if returned.notes else {}
    if not returned.status:
        return {"done": returned.called and returned.known, **notes}
    body = base64.b64encode(returned.printed).decode()
    return {"status": returned.status, "headers": returned.headers, "body": body, **notes}
