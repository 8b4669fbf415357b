"""What the commands over an app's data have in common: how they open them, ask before they delete, and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portable.errors import PortableError
from portable.tooling.cli.progress import steps

if TYPE_CHECKING:
    from portable.tooling.dev.stored.opening import Stored

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show at most.")]
Lines = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Agreed = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class Printer:
    """Prints texts and values without the values that `secrets` returns."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        from portable.tooling.dev.journal.redacted import Cleaner

        self._clean = Cleaner(secrets)

    def text(self, text: str) -> None:
        """Print a text."""
        typer.echo(self._clean.text(text))

    def data(self, value: Any) -> None:
        """Print a value as JSON on one line."""
        typer.echo(json.dumps(self.hidden(value), ensure_ascii=False))

    def hidden(self, value: Any) -> Any:
        """Return a value as it may be shown."""
        return self._clean.plain(value)

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
def data_of(app: Path, quiet: bool) -> Iterator[tuple[Stored, Printer]]:
    """Open the data of an app on this machine."""
    from portable.tooling.app.settings import load_settings
    from portable.tooling.dev.stored.opening import opened
    from portable.tooling.targets import target_names

    with steps(quiet) as report, opened(load_settings(app, None, target_names()), report) as stored:
        report("")
        yield stored, Printer(stored.secrets)


def agree(question: str, yes: bool, how: str = "Agree with --yes") -> None:
    """Return when the user agrees that something is deleted. Raises PortableError when not, or when nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise PortableError(f"nothing was deleted: there is nobody to ask. {how}")
    if not typer.confirm(question, err=True):
        raise PortableError("nothing was deleted")


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
    typer.echo(f"note: there are more; these are the first {limit:,}. See more with --limit", err=True)
