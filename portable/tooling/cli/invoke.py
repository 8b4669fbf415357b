"""`portable invoke`: a function's name and an event from a file or from options in, what came back out."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from portable.tooling.cli.progress import steps

HELP = "The app's folder or file (default: this folder) and the function's name."


def invoke(
    names: Annotated[list[str], typer.Argument(metavar="[APP] FUNCTION", help=HELP)],
    event: Annotated[Path | None, typer.Option("--event", help="A JSON file with the event, - for stdin.")] = None,
    http: Annotated[str | None, typer.Option("--http", help='A request line: "PUT /photos/cat.jpg".')] = None,
    message: Annotated[str | None, typer.Option("--message", help="A message's payload, @file for a file.")] = None,
    key: Annotated[str | None, typer.Option("--object", help="The key of an object event.")] = None,
    tick: Annotated[bool, typer.Option("--tick", help="A tick of the schedule, due now.")] = False,
    data: Annotated[str | None, typer.Option("--data", "-d", help="The body, @file for a file.")] = None,
    header: Annotated[list[str] | None, typer.Option("--header", "-H", help="A header: name:value.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the response's body there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run one function from source, here, with local buckets, tables and queues under .portable/local."""
    from portable.tooling.app.settings import load_settings
    from portable.tooling.run import invocation
    from portable.tooling.targets import target_names

    if len(names) > 2:
        raise typer.BadParameter("takes an app and a function", param_hint="names")
    given = made_event(event, http, message, key, tick, data, header or [])
    settings = load_settings(Path(names[0] if len(names) == 2 else "."), None, target_names())
    with steps(quiet=as_json) as report:
        returned = invocation.invoke(settings, names[-1], given, report)
    if output is not None:
        output.write_bytes(returned.body)
    show(returned.status, returned.headers, returned.body, as_json, output)


def made_event(
    event: Path | None,
    http: str | None,
    message: str | None,
    key: str | None,
    tick: bool,
    data: str | None,
    headers: list[str],
) -> dict[str, Any]:
    """Return the event that the options describe, as plain data. Raises a usage error when they describe none or two."""
    if sum((event is not None, http is not None, message is not None, key is not None, tick)) != 1:
        raise typer.BadParameter("give one of --event, --http, --message, --object or --tick")
    if (data is not None or headers) and http is None:
        raise typer.BadParameter("--data and --header go with --http")
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
        return {"kind": "message", "data": content(message)}
    return {"kind": "tick"} if tick else {"kind": "object", "key": key}


def event_of(file: Path) -> dict[str, Any]:
    """Return the event in a JSON file. Raises a usage error when it holds none."""
    try:
        found = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--event") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} holds no JSON object", param_hint="--event")
    return found


def content(text: str) -> str:
    """Return text, or the bytes of the file it names after an @, in base64."""
    if not text.startswith("@"):
        return base64.b64encode(text.encode()).decode()
    try:
        return base64.b64encode(Path(text[1:]).read_bytes()).decode()
    except OSError as error:
        raise typer.BadParameter(f"{text[1:]}: {error.strerror}") from error


def show(status: int, headers: tuple[tuple[str, str], ...], body: bytes, as_json: bool, output: Path | None) -> None:
    """Print what came back: a response with its headers and, where it is text, its body."""
    if as_json:
        encoded = base64.b64encode(body).decode()
        typer.echo(json.dumps({"status": status, "headers": headers, "body": encoded} if status else {"done": True}))
        return
    if not status:
        typer.echo("done")
        return
    typer.echo(f"HTTP {status}")
    for name, value in headers:
        typer.echo(f"{name}: {value}")
    typer.echo("")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = None
    if output is not None:
        typer.echo(f"{len(body)} bytes in {output}")
    elif text is None or "\0" in text:
        typer.echo(f"{len(body)} bytes that are no text; --output writes them to a file")
    elif text:
        typer.echo(text)
