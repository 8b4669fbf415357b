"""`portable logs`: a stage in, what its functions wrote out, one line each, sorted by time; it follows them if it is asked to."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from portable.tooling.cli.options import App, Out, StageName, Target


def logs(
    target: Target,
    app: App = Path(),
    stage: StageName = "dev",
    out: Out = Path("dist"),
    function: Annotated[
        list[str] | None, typer.Option("--function", "-f", help="Only this function; may be given several times.")
    ] = None,
    level: Annotated[
        str | None, typer.Option("--level", "-l", help="Only this level and those above: debug, info, warning, …")
    ] = None,
    request: Annotated[str | None, typer.Option("--request", "-r", help="Only the call of this request id.")] = None,
    since: Annotated[str, typer.Option("--since", help="How far back: 30s, 10m, 2h, 1d, or a time.")] = "10m",
    follow: Annotated[bool, typer.Option("--follow", help="Go on with each line that comes, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Show what the functions of a stage wrote to their logs."""
    import time
    from datetime import UTC, datetime

    from portable.tooling.deploy.order import Order
    from portable.tooling.infra.remote import LogsWanted
    from portable.tooling.remote import reading
    from portable.tooling.remote.running import chosen, reach

    remote = reach(Order(app, target, stage, out, "logs", os.environ, lambda step: None))
    wanted = LogsWanted(
        chosen(remote.running, function or ()),
        reading.since(since, datetime.now(UTC)),
        reading.check_level(level),
        request,
    )

    def note(text: str) -> None:
        typer.echo(f"note: {text}", err=True)

    with suppress(KeyboardInterrupt), closed_pipe():
        found = reading.follow(remote, wanted, time.sleep, note) if follow else reading.lines(remote, wanted)
        shown = False
        for entry in found:
            typer.echo(json.dumps(entry.data(), ensure_ascii=False) if as_json else entry.text())
            sys.stdout.flush()
            shown = True
        if not shown and not as_json:
            typer.echo(f"no lines since {since}", err=True)


@contextmanager
def closed_pipe() -> Iterator[None]:
    """End quietly when nobody reads on, as behind `head`: what Python still holds must not be written at its end."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
