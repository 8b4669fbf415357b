"""What the commands over an app's data have in common: where the data are, how they are opened, asked about, and printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import PortableError
from portable.tooling.cli.options import check_target
from portable.tooling.cli.progress import steps

if TYPE_CHECKING:
    from portable.tooling.deploy.order import Order
    from portable.tooling.dev.stored.opening import Stored

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show at most.")]
Lines = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Agreed = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
OnStage = Annotated[
    str | None, typer.Option("--stage", "-s", help="A stage that is deployed.", show_default="the data of portable dev")
]
OnTarget = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        help="Where the stage runs: aws, azure, gcp, …",
        callback=check_target,
        show_default="where it was deployed from here",
    ),
]
Artifacts = Annotated[Path, typer.Option("--out", help="The folder of artifacts that the stage was deployed from.")]
DIST = Path("dist")
DEFAULT_STAGE = "dev"


class Printer:
    """Prints texts and values without the values that `secrets` returns."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        from portable.tooling.dev.journal.redacted import Cleaner

        self._clean = Cleaner(secrets)

    @property
    def hides(self) -> bool:
        """Whether there is anything to hide."""
        return self._clean.hides

    def text(self, text: str) -> None:
        """Print a text."""
        typer.echo(self._clean.text(text))

    def data(self, value: Any) -> None:
        """Print a value as JSON on one line."""
        typer.echo(json.dumps(self.hidden(value), ensure_ascii=False))

    def hidden(self, value: Any) -> Any:
        """Return a value as it may be shown."""
        return self._clean.plain(value)

    def octets(self, data: bytes) -> bytes:
        """Return octets as they may be shown, in whatever encoding of text they hold a secret."""
        return self._clean.octets(data)

    def columns(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows of cells below one another, each cell on one line."""
        shown = [[_on_one_line(self._clean.text(cell)) for cell in row] for row in rows]
        widths = [max(map(len, cells)) for cells in zip(*shown, strict=True)]
        for row in shown:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _on_one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def named(context: typer.Context) -> str:
    """Return the name that was given before the command: `portable queue NAME peek`."""
    assert context.parent is not None
    return str(context.parent.params["name"])


@contextmanager
def data_of(
    app: Path,
    quiet: bool,
    context: typer.Context,
    stage: str | None = None,
    target: str | None = None,
    out: Path = DIST,
) -> Iterator[tuple[Stored, Printer]]:
    """Open the data of an app: on this machine, or in a stage if one is named. Without a stage, that of a target is dev."""
    with steps(quiet) as report:
        here = stage is None and target is None
        data = (
            _on_this_machine(app, report)
            if here
            else _in_stage(order_of(app, stage or DEFAULT_STAGE, target, out, _command(context), report))
        )
        with data as stored:
            report("")
            yield stored, Printer(stored.secrets)


def check_folder(app: Path, option: str) -> None:
    """Raise BadParameter where a key or a prefix was given in the place of the app's folder, which must come after its option."""
    if not app.exists():
        raise typer.BadParameter(f"there is no folder {app}: if you mean {option} {app}, write {option} before it")


def order_of(
    app: Path, stage: str, target: str | None, out: Path, command: str, report: Callable[[str], None]
) -> Order:
    """Return the order for a stage. Raises PortableError where no target is given and none, or more than one, has the stage."""
    import os

    from portable.tooling.deploy.order import Order
    from portable.tooling.targets import target_names

    def order(name: str) -> Order:
        return Order(app, name, stage, out, command, os.environ, report)

    if target is not None:
        return order(target)
    found = [name for name in target_names() if order(name).record() is not None]
    if len(found) == 1:
        return order(found[0])
    if found:
        raise PortableError(f"the stage {stage} was deployed to {' and '.join(found)}: choose one with --target")
    raise PortableError(
        f"no stage {stage} was deployed from {out}: say where it runs with --target, or choose another --out"
    )


def _on_this_machine(app: Path, report: Callable[[str], None]) -> AbstractContextManager[Stored]:
    from portable.tooling.app.settings import load_settings
    from portable.tooling.dev.stored.opening import opened
    from portable.tooling.targets import target_names

    return opened(load_settings(app, None, target_names()), report)


def _in_stage(order: Order) -> AbstractContextManager[Stored]:
    from portable.tooling.app.settings import load_settings
    from portable.tooling.dev.stored.deployed import opened_there
    from portable.tooling.targets import target_names

    return opened_there(load_settings(order.app, order.target, target_names()), order, _note)


def _command(context: typer.Context) -> str:
    """Return the words of the command without its options: "queue jobs peek"."""
    assert context.parent is not None
    return f"{context.parent.info_name} {named(context)} {context.info_name}"


def _note(text: str) -> None:
    typer.echo(f"note: {text}", err=True)


def agree(question: str, yes: bool, how: str = "Agree with --yes", done: str = "deleted") -> None:
    """Return when the user agrees that something is done. Raises PortableError when not, or when nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise PortableError(f"nothing was {done}: there is nobody to ask. {how}")
    if not typer.confirm(question, err=True):
        raise PortableError(f"nothing was {done}")


def agree_there(stored: Stored, what: str, yes: bool) -> None:
    """Return when the user agrees that something in a stage is changed. What is on this machine is changed without a word."""
    if stored.stage:
        agree(f"{what}{stored.there}?", yes, done="changed")


def some(read: Callable[[int, str | None], Any], limit: int) -> Iterator[Any]:
    """Yield the first items of pages. `read` takes a limit and a page. If there are more, say so on stderr."""
    page, left = None, limit
    while left > 0:
        found = read(min(left, 1000), page)
        yield from found.items
        left -= len(found.items)
        page = found.next
        if page is None:
            return
    _note(f"there are more; these are the first {limit:,}. See more with --limit")
