"""`Written`: what a room of a framework hands back, before the project around it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portable.tooling.adopt.values import Carried, Note


@dataclass(frozen=True, slots=True)
class Written:
    """The texts of changed files by path, the functions by module, the notes, and what the project loses.

    `name` is that of the app, "" if the source gives none. `distributions` are those of the framework. `variables` are
    environment variables that the functions have. `left_out` are files of the source that are not written.
    """

    framework: str
    texts: Mapping[str, str]
    functions: Mapping[str, list[Carried]]
    notes: list[Note]
    name: str = ""
    distributions: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    left_out: frozenset[str] = field(default_factory=frozenset)
