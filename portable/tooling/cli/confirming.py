"""Shows what an engine would change, and asks for it. Data is deleted only when its name is typed or was given."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

import typer

from portable.errors import PortableError
from portable.tooling.deploy.configuration import Planned
from portable.tooling.deploy.events import Action
from portable.tooling.deploy.loss import Loss, not_allowed

_SIGNS: dict[Action, str] = {
    "create": "+",
    "update": "~",
    "replace": "±",
    "delete": "-",
    "forget": "=",
    "import": "<",
    "move": ">",
}
_WORDS: dict[Action, str] = {
    "create": "made",
    "update": "changed",
    "replace": "made anew",
    "delete": "deleted",
    "forget": "left alone",
    "import": "taken over",
    "move": "renamed",
}
MANY = 25
"""New resources above which they are counted by type, not listed. What is changed or deleted is always listed."""


def shown(planned: Planned) -> str:
    """Return a plan as text for people."""
    new = [change for change in planned.changes if change.action == "create"]
    listed = [change for change in planned.changes if change.action != "create" or len(new) <= MANY]
    lines = [f"  {_SIGNS[change.action]} {change.address}" for change in listed]
    if len(new) > MANY:
        kinds = Counter(change.kind for change in new)
        lines += [f"  + {count} x {kind}" for kind, count in sorted(kinds.items())]
    counts = Counter(change.action for change in planned.changes)
    lines.append(", ".join(f"{counts[action]} {word}" for action, word in _WORDS.items() if counts[action]))
    return "\n".join(lines)


class Confirming:
    """Asks the user. `yes` agrees to all changes but the loss of data; `allowed` are the names of data that may go."""

    def __init__(self, stage: str, again: str, *, yes: bool, allowed: Iterable[str], quiet: bool = False) -> None:
        self._stage, self._again = stage, again
        self._yes, self._allowed, self._quiet = yes, tuple(allowed), quiet

    def __call__(self, planned: Planned, lost: tuple[Loss, ...]) -> None:
        """Return when the user agrees to a plan. Raises PortableError when not."""
        if not self._quiet:
            typer.echo(shown(planned), err=True)
            for warning in planned.warnings:
                typer.echo(f"note: {warning.text}", err=True)
        refused = not_allowed(lost, self._allowed)
        if refused and (self._yes or not asks()):
            named = " ".join(f"--allow-data-loss {loss.name}" for loss in refused)
            raise PortableError(
                "\n".join(
                    [
                        "this would delete data, so nothing was changed:",
                        *(f"  {loss}" for loss in refused),
                        f"If that is what you want, run `{self._again} {named}`",
                    ]
                )
            )
        for loss in refused:
            self._type_name(loss)
        if self._yes or refused:
            return
        if not asks():
            raise PortableError(f"nothing was changed: there is nobody to ask. Agree with `{self._again} --yes`")
        if not typer.confirm(f"Apply this to the stage {self._stage}?", err=True):
            raise PortableError("nothing was changed")

    def _type_name(self, loss: Loss) -> None:
        typer.echo(f"Data would be lost: {loss}.", err=True)
        typed = typer.prompt(f"Type the name of the {loss.word} to agree", err=True)
        if typed != loss.name:
            raise PortableError(f'"{typed}" is not "{loss.name}": nothing was changed')


def asks() -> bool:
    """Say whether somebody can answer a question."""
    return sys.stdin.isatty()
