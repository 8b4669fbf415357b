"""`portable queue NAME peek | redrive | purge`: what waits in a queue, on this machine or in a stage, and its dead letters."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import NotFound, UnsupportedError
from portable.tooling.cli.options import App, Json
from portable.tooling.cli.stored import (
    DIST,
    Agreed,
    Artifacts,
    Lines,
    OnStage,
    OnTarget,
    agree,
    agree_there,
    data_of,
    named,
)

if TYPE_CHECKING:
    from portable.eventing.queue import Queue
    from portable.eventing.queue_clients import QueueReader
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
    """Look at the messages of a queue of `portable dev`, or of a stage with --stage; send its dead letters back."""


@queue.command()
def peek(
    context: typer.Context,
    app: App = Path(),
    dead: Dead = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many to show at most.")] = 10,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Lines = False,
) -> None:
    """Show the messages that could be received now. They stay in the queue."""
    from portable.eventing.queue_clients import QueueReader
    from portable.tooling.dev.stored.messages import shown

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        chosen = _chosen(stored, named(context), dead)
        _may_look(stored, chosen, yes)
        reader = QueueReader(chosen, stored.drivers)
        found = shown(reader.peek(limit))
        if as_json:
            for each in found:
                printer.data(plain(each))
            return
        if found:
            printer.columns([_cells(each) for each in found])
        typer.echo(f"{_some(_count(reader), chosen)} in {chosen.name}{stored.there}", err=True)
        if stored.queues.look:
            typer.echo(f"note: {stored.queues.look}", err=True)


@queue.command()
def redrive(
    context: typer.Context,
    app: App = Path(),
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Json = False,
) -> None:
    """Send the dead letters back to their queue, to be handled again. In a stage it asks first."""
    from portable.eventing.deadletters import pair
    from portable.eventing.queue_clients import QueueReader
    from portable.tooling.dev import words

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        source, letters = pair(_chosen(stored, named(context), dead=False))
        reader = QueueReader(letters, stored.drivers)
        if stored.stage:
            stored.drivers.of(source)  # which says so when they cannot go back
            agree_there(stored, f"Send {_some(_count(reader), letters)} back to {source.name}", yes)
        moved = reader.redrive()
        if as_json:
            printer.data({"queue": source.name, "redriven": moved})
        else:
            printer.text(f"{words.counted(moved, 'dead letter')} went back to {source.name}{stored.there}")


@queue.command()
def purge(
    context: typer.Context,
    app: App = Path(),
    dead: Dead = False,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Json = False,
) -> None:
    """Delete the messages that could be received now, after asking."""
    from portable.eventing.queue_clients import QueueReader
    from portable.tooling.dev.stored import messages

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        chosen = _chosen(stored, named(context), dead)
        driver, empty = stored.drivers.of(chosen), stored.queues.empty
        count = None if empty is not None else _count(QueueReader(chosen, stored.drivers))
        agree(f"Delete {_some(count, chosen)} in {chosen.name}{stored.there}?", yes or (not stored.stage and not count))
        gone = messages.purge(driver) if empty is None else empty(driver)
        if as_json:
            printer.data({"queue": chosen.name, "deleted": gone})
        else:
            printer.text(f"{_some(gone, chosen)} of {chosen.name} deleted{stored.there}")


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


def _may_look(stored: Stored, chosen: Queue, yes: bool) -> None:
    """Return when a look at a queue harms nobody, or the user agrees. Raises UnsupportedError where nobody can look."""
    from portable.tooling.dev.stored.messages import read_by

    stored.drivers.of(chosen)  # which says so when it is not there
    reader = read_by(stored.app, chosen)
    if reader is None:
        return
    if stored.queues.pushed:
        raise UnsupportedError(
            f"the messages of {chosen.name} cannot be looked at{stored.there}: {stored.queues.pushed} pushes them to the function "
            f"{reader}, and nobody else can take them. Its dead letters can be looked at: peek --dead"
        )
    if stored.queues.counted:
        question = f"A look takes each message, and counts as one of the attempts that {reader} has for it. Look at {chosen.name}"
        agree_there(stored, question, yes)


def _count(reader: QueueReader) -> int | None:
    """Return how many messages are in a queue, None in a cloud that cannot count them."""
    try:
        return reader.count()
    except UnsupportedError:
        return None


def _some(count: int | None, queue: Queue) -> str:
    """Return "3 messages", "1 dead letter"; "all messages" where nobody has counted them."""
    from portable.tooling.dev import words

    what = "dead letter" if queue.dead_letters_of else "message"
    return f"all {what}s" if count is None else words.counted(count, what)
