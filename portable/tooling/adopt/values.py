"""The values of an adoption: notes, the functions that were carried over, and the files that are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a note tells."""

    lost = "not carried over"
    changed = "means something else"
    client = "could be a client of portable"
    set_up = "to be set up"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a reader must know: `what` at `where` ("file:line" of the source), and what to do `instead`."""

    kind: Kind
    what: str
    where: str
    instead: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A function of the written app: its name, its trigger as written, and the place of its source."""

    name: str
    trigger: str
    where: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """A written app: its files by path, its functions and its notes, in the order of the source."""

    framework: str
    files: Mapping[str, bytes]
    functions: tuple[Carried, ...]
    notes: tuple[Note, ...]
