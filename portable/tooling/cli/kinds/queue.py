"""`portable queue NAME peek | redrive | purge`: what waits in a queue on this machine, and its dead letters."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import NotFound
from portable.tooling.cli.options import App, Json
from portable.tooling.cli.stored import Agreed, Lines, agree, data_of, named

if TYPE_CHECKING:
    from portable.eventing.queue import Queue
    from portable.tooling.dev.stored.messages import Shown
    from portable.tooling.dev.stored.opening import Stored

queue = typer.Typer(no_args_is_help=True)
Dead = Annotated[bool, typer.Option("--dead", help="Take the dead letters of the queue.")]


@queue.callback()
def of(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The name of a queue, or of a function that a topic or a bucket fires."),
    ],
) -> None:
    """Look at the messages of a queue of `portable dev`, or send its dead letters back."""


@queue.command()
def peek(
    context: typer.Context,
    app: App = Path(),
    dead: Dead = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many to show at most.")] = 10,
    as_json: Lines = False,
) -> None:
    """Show the messages that could be received now. They stay in the queue."""
    from portable.eventing.queue_clients import QueueReader
    from portable.tooling.dev import words
    from portable.tooling.dev.stored.messages import shown

    with data_of(app, as_json) as (stored, printer):
        chosen = _chosen(stored, named(context), dead)
        reader = QueueReader(chosen, stored.drivers)
        found = shown(reader.peek(limit))
        if as_json:
            for each in found:
                printer.data(plain(each))
            return
        if found:
            printer.columns([_cells(each) for each in found])
        what = "dead letter" if chosen.dead_letters_of else "message"
        typer.echo(f"{words.counted(reader.count(), what)} in {chosen.name}", err=True)


@queue.command()
def redrive(context: typer.Context, app: App = Path(), as_json: Json = False) -> None:
    """Send the dead letters back to their queue, to be handled again."""
    from portable.eventing.queue_clients import QueueReader
    from portable.tooling.dev import words

    with data_of(app, as_json) as (stored, printer):
        chosen = _chosen(stored, named(context), dead=False)
        source = chosen.dead_letters_of or chosen.name
        moved = QueueReader(chosen, stored.drivers).redrive()
        if as_json:
            printer.data({"queue": source, "redriven": moved})
        else:
            printer.text(f"{words.counted(moved, 'dead letter')} went back to {source}")


@queue.command()
def purge(
    context: typer.Context, app: App = Path(), dead: Dead = False, yes: Agreed = False, as_json: Json = False
) -> None:
    """Delete the messages that could be received now, after asking."""
    from portable.eventing.queue_clients import QueueReader
    from portable.tooling.dev import words
    from portable.tooling.dev.stored import messages

    with data_of(app, as_json) as (stored, printer):
        chosen = _chosen(stored, named(context), dead)
        what = "dead letter" if chosen.dead_letters_of else "message"
        count = QueueReader(chosen, stored.drivers).count()
        agree(f"Delete {words.counted(count, what)} in {chosen.name}?", yes or not count)
        gone = messages.purge(stored.drivers.of(chosen))
        if as_json:
            printer.data({"queue": chosen.name, "deleted": gone})
        else:
            printer.text(f"{words.counted(gone, what)} of {chosen.name} deleted")


def plain(found: Shown) -> dict[str, Any]:
    """Return a message for machines. A payload that is no text is in base64."""
    message = found.message
    encoded = {} if found.text is not None else {"base64": base64.b64encode(message.payload).decode()}
    return {
        "id": message.id,
        "payload": found.text if found.text is None else message.payload.decode(),
        **encoded,
        "attempts": int(found.attempts) if found.attempts.isdecimal() else message.attempt,
        "attributes": found.attributes,
        "group": message.group,
        "sent_at": message.sent_at.isoformat() if message.sent_at is not None else None,
        "error": found.error or None,
    }


def _cells(found: Shown) -> list[str]:
    from portable.tooling.dev import words

    message = found.message
    sent = words.clock(message.sent_at) if message.sent_at is not None else ""
    size = words.size(len(message.payload))
    text = f"{size} that are no text" if found.text is None else message.payload.decode()
    return [message.id, sent, words.short(text, 60), words.short(found.error, 60)]


def _chosen(stored: Stored, name: str, dead: bool) -> Queue:
    from portable.tooling.dev.stored.messages import dead_queue, queue_named

    found = queue_named(stored.app, name)
    if not dead or found.dead_letters_of:
        return found
    letters = dead_queue(stored.app, found)
    if letters is None:
        raise NotFound(f"the queue {name} has no dead letters: no function that reads it has dead_letter=True")
    return letters
