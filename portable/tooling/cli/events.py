"""`portable events`: the journal of `portable dev` in, what was called out: a list, or one call in full."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import NotFound, PortableError
from portable.tooling.cli.options import App
from portable.tooling.cli.stored import Limit, Lines, Printer

if TYPE_CHECKING:
    from portable.tooling.dev.journal.model import Details, Invocation


def events(
    app: App = Path(),
    function: Annotated[str, typer.Option("--function", "-f", help="Only the calls of this function.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="Only calls that failed, at any attempt.")] = False,
    limit: Limit = 20,
    id: Annotated[str, typer.Option("--id", help="Show the call of this id in full.")] = "",  # noqa: A002
    as_json: Lines = False,
) -> None:
    """Show what `portable dev` has called, newest first; with --id one call in full.

    Secrets are not in the journal. The app is not imported, so this works while it is broken, too.
    """
    import msgspec

    from portable.tooling.app.settings import load_settings
    from portable.tooling.dev.journal.reading import Journal
    from portable.tooling.dev.state import journal_of
    from portable.tooling.targets import target_names

    file = journal_of(load_settings(app, None, target_names()).project)
    journal, printer = Journal(file), Printer(tuple)
    try:
        found = journal.recent(limit, function=function, failed=failed) if not id else []
        one = journal.one(id) if id else None
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise PortableError(f"{file} cannot be read: {error}. portable dev sets a damaged journal aside") from error
    if id and one is None:
        raise NotFound(f"there is no call {id} in the journal, which keeps the newest 10,000")
    if as_json:
        for each in found if one is None else [one]:
            typer.echo(msgspec.json.encode(msgspec.structs.asdict(each)).decode())  # fields without a value, too
        return
    if one is not None:
        for text in in_full(one):
            printer.text(text)
    elif found:
        printer.columns([line(each) for each in found])
    else:
        typer.echo(
            "no calls: `portable dev` notes them while it runs" if not (function or failed) else "no such calls",
            err=True,
        )


def line(found: Invocation) -> list[str]:
    """Return a call as the cells of one line."""
    from portable.tooling.dev import words

    attempt = "" if found.attempt is None else f"attempt {found.attempt}"
    status = str(found.status or found.outcome)
    label = words.short(found.label, 80)
    return [
        words.clock(found.began),
        status,
        found.function or "-",
        label,
        words.duration(found.seconds),
        attempt,
        found.id,
    ]


def in_full(found: Details) -> Iterator[str]:
    """Yield all that is known of a call, part by part."""
    from portable.tooling.dev import words
    from portable.tooling.dev.journal.shown import shown_event, shown_response

    yield "  ".join(part for part in line(found) if part)
    yield f"began {words.iso(found.began)}, trace {found.trace}" + (
        f", caused by {found.parent}" if found.parent else ""
    )
    yield from _part("event", words.pretty(shown_event(found.event)))
    response = shown_response(found.response)
    if response is not None:
        yield from _part("response", _response(response))
    yield from _part("logs", "\n".join(f"{words.clock(each.at)} {each.level} {each.text}" for each in found.logs))
    calls = (f"{c.kind} {c.name} {c.method} {c.what} {words.duration(c.seconds)} {c.error}" for c in found.calls)
    yield from _part("calls of resources", "\n".join(call.rstrip() for call in calls))
    yield from _part("traceback", found.traceback.rstrip() or found.error)


def _response(found: dict[str, Any]) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in found["headers"])
    body = found["text"] if found["text"] is not None else f"{found['size']} bytes that are not text"
    return f"{found['status']}\n{headers}\n{body}".rstrip()


def _part(title: str, text: str) -> Iterator[str]:
    if text:
        yield f"\n{title}"
        yield "\n".join(f"  {each}".rstrip() for each in text.splitlines())
