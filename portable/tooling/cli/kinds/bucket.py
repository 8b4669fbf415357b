"""`portable bucket NAME ls | cat | put | rm`: the objects of a bucket, on this machine or in a stage."""

from __future__ import annotations

import base64
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import App, Json
from portable.tooling.cli.stored import (
    DIST,
    Agreed,
    Artifacts,
    Limit,
    Lines,
    OnStage,
    OnTarget,
    agree,
    agree_there,
    check_folder,
    data_of,
    named,
    some,
)

if TYPE_CHECKING:
    from portable.storage.bucket import Bucket
    from portable.tooling.dev.stored.opening import Stored

bucket = typer.Typer(no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The key of the object.")]


@bucket.callback()
def of(name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a bucket of the app.")]) -> None:
    """Look at the objects of a bucket of `portable dev`, or of a stage with --stage, and change them.

    Its functions get the events of what changes.
    """


@bucket.command()
def ls(
    context: typer.Context,
    app: App = Path(),
    prefix: Annotated[str, typer.Option("--prefix", help="Only keys that begin so.")] = "",
    limit: Limit = 1000,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    as_json: Lines = False,
) -> None:
    """List objects by key, with their size."""
    from portable.storage.clients import BucketReader
    from portable.tooling.dev import words

    check_folder(app, "--prefix")
    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        reader = BucketReader(_bucket(stored, context), stored.drivers)
        found = list(some(lambda most, page: reader.list(prefix, limit=most, page=page), limit))
        if as_json:
            for each in found:
                printer.data(_plain(each))
        elif found:
            printer.columns([[words.size(each.size), each.key] for each in found])
        else:
            typer.echo("no objects", err=True)


@bucket.command()
def cat(
    context: typer.Context,
    key: Key,
    app: App = Path(),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the object to this file, as it is.")
    ] = None,
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    as_json: Json = False,
) -> None:
    """Print an object. The values of the app's secrets are shown as ***; --output hides nothing."""
    from shutil import copyfileobj

    from portable.storage.clients import BucketReader

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        reader = BucketReader(_bucket(stored, context), stored.drivers)
        info = reader.head(key)
        if output is not None:
            with closing(reader.open(key)) as content, output.open("wb") as file:
                copyfileobj(content, file)
            printer.data(_plain(info)) if as_json else printer.text(f"{info.size:,} bytes were written to {output}")
            return
        shown = printer.octets(reader.get(key))
        if as_json:
            printer.data({**_plain(info), "body": base64.b64encode(shown).decode()})
        elif sys.stdout.isatty() and b"\0" in shown:
            raise PortableError(f"{key} is no text, but {info.size:,} bytes: write it to a file with --output")
        else:
            typer.echo(shown, nl=False)


@bucket.command()
def put(
    context: typer.Context,
    key: Key,
    file: Annotated[Path, typer.Argument(help="The file to store; - reads stdin.", allow_dash=True)],
    app: App = Path(),
    content_type: Annotated[
        str, typer.Option("--content-type", help="The media type.", show_default="guessed from the name of the file")
    ] = "",
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Json = False,
) -> None:
    """Store a file under a key. The functions of the bucket get the event, at the latest when `portable dev` starts.

    In a stage it asks first.
    """
    from mimetypes import guess_type

    from portable.storage.clients import BucketWriter

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        writer = BucketWriter(_bucket(stored, context), stored.drivers)
        kind = content_type or guess_type(file.name)[0]
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as content:
            agree_there(stored, f"Store {key} in {named(context)}", yes)
            info = writer.put(key, content, content_type=kind)
        printer.data(_plain(info)) if as_json else printer.text(f"{key} was stored ({info.size:,} bytes){stored.there}")


@bucket.command()
def rm(
    context: typer.Context,
    key: Key,
    app: App = Path(),
    stage: OnStage = None,
    target: OnTarget = None,
    out: Artifacts = DIST,
    yes: Agreed = False,
    as_json: Json = False,
) -> None:
    """Delete an object, after asking."""
    from portable.storage.clients import BucketReadWriter

    with data_of(app, as_json, context, stage, target, out) as (stored, printer):
        client = BucketReadWriter(_bucket(stored, context), stored.drivers)
        info = client.head(key)  # which says so when there is none
        agree(f"Delete {key} ({info.size:,} bytes){stored.there}?", yes)
        client.delete(key)
        printer.data({"key": key, "deleted": True}) if as_json else printer.text(f"{key} was deleted{stored.there}")


def _bucket(stored: Stored, context: typer.Context) -> Bucket:
    from portable.storage.bucket import Bucket
    from portable.tooling.dev.stored.declared import declared

    found: Bucket = declared(stored.app, Bucket.kind, named(context))
    return found


def _plain(info: Any) -> dict[str, Any]:
    changed = info.modified_at.isoformat() if info.modified_at is not None else None
    return {
        "key": info.key,
        "size": info.size,
        "etag": info.etag,
        "content_type": info.content_type,
        "metadata": dict(info.metadata),
        "modified_at": changed,
    }
