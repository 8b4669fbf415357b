"""The `--remote` of `portable invoke`: calls a function of a stage; shows its log and how long it took; returns the result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from portable.tooling.cli.progress import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.tooling.infra.remote import Answer, Remote
    from portable.tooling.run.invocation import Returned


def called_there(
    app: Path, name: str, event: dict[str, Any], target: str, stage: str, out: Path, as_json: bool
) -> Returned:
    """Call a function of a stage once, and return what came back. Raises PortableError when it failed there."""
    from portable.errors import PortableError
    from portable.tooling.deploy.order import Order
    from portable.tooling.remote.calling import NotCalled, call
    from portable.tooling.remote.running import reach
    from portable.tooling.run.invocation import Returned

    with steps(quiet=as_json) as report:
        remote = reach(Order(app, target, stage, out, "invoke --remote", os.environ, report))
        report(f"calling {name} on {target}, stage {stage}")
        try:
            answer = call(remote, name, event)
        except NotCalled as reason:
            return Returned(0, (), b"", b"", False, (str(reason),))
    show_log(remote, name, answer)
    if answer.failed:
        raise PortableError(f"{name} failed on {target}, stage {stage}: {answer.failed}")
    if answer.response is None:
        return Returned(0, (), b"", b"", True, answer.notes, answer.known)
    response = answer.response
    headers = [*response.headers, *(("set-cookie", cookie) for cookie in response.cookies)]
    pairs = tuple((str(name), str(value)) for name, value in headers)
    return Returned(response.status, pairs, response.body, response.body, True, answer.notes)


def show_log(remote: Remote, name: str, answer: Answer) -> None:
    """Print what the function wrote, as far as the cloud hands it out, and the duration."""
    from datetime import UTC, datetime

    from portable.tooling.infra.remote import LogLine
    from portable.tooling.remote.lines import read_line

    now = datetime.now(UTC)
    for number, text in enumerate(answer.log.splitlines()):
        if text.strip():
            typer.echo(read_line(LogLine(str(number), now, name, text), remote.shape).brief(), err=True)
    if answer.seconds is not None:
        typer.echo(f"{name} took {answer.seconds * 1000:.0f} ms, the way there and back included", err=True)
