"""Planned changes -> the data that would be lost, and whether the user has agreed to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portable.tooling.deploy.events import Change
from portable.tooling.infra.deploying import Deploying


@dataclass(frozen=True, slots=True)
class Loss:
    """A resource whose data would be deleted. `word` says what it is, as "bucket"."""

    word: str
    name: str
    address: str
    replaced: bool

    def __str__(self) -> str:
        way = "is made anew, without what it holds" if self.replaced else "is deleted with what it holds"
        return f'the {self.word} "{self.name}" {way} ({self.address})'


def losses(changes: Iterable[Change], deploying: Deploying, *, waiting: bool = True) -> tuple[Loss, ...]:
    """Return what data a plan would delete; messages that only wait for a function are among it if `waiting`."""
    found = []
    word_of = deploying.loses if waiting else deploying.holds
    for change in changes:
        word = word_of(change.kind, change.address)
        if word is not None and change.action in ("delete", "replace"):
            found.append(Loss(word, change.name, change.address, change.action == "replace"))
    return tuple(found)


def not_allowed(lost: Iterable[Loss], allowed: Iterable[str]) -> tuple[Loss, ...]:
    """Return the losses whose names were not given, as a name or as an address."""
    named = frozenset(allowed)
    return tuple(loss for loss in lost if not named & {loss.name, loss.address})
