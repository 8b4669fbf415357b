"""`Plan`: what a target makes of an app, before any dependency is resolved."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.parts import EntryParts, assemble
from portable.tooling.grouping import grouped


class PlannedFunction(Struct, frozen=True):
    """One function as the target runs it.

    `entry` is what the host is told to call; `details` are the target's own words. Functions of one `identity` share
    their permissions in the cloud; "" is an identity of its own.
    """

    name: str
    entry: str
    details: dict[str, Any] = {}
    identity: str = ""


class Plan(Struct, frozen=True):
    """What the bundle will hold.

    `entries` are generated modules and `files` further generated files (text in UTF-8), both by path in the bundle.
    `requirements` are added to the app's own (PEP 508) beside those that `Target.requirements` names by kind.
    `provided` are distributions that the host has and that the app may ask for, `provided_beneath` what those need and
    the host has too: neither ships. `provided_used` are those of `provided` that the target's own modules import for this
    app: they ship where one that only works with them does. `dependencies` is the folder in the bundle where installed dependencies go ("" is
    the root), None when the provider installs them from a locked requirements.txt. `bytecode_alone` ships our own
    modules as one file of bytecode without their sources, where the host's Python is exactly the one compiled for.
    `counts` is what the whole app takes of the target's own limits, by their names. `sbom` is the path of a software bill
    of materials in CycloneDX, made from the locked distributions; "" for none. `drivers` is the name of the target whose
    drivers reach a kind of resource, where it is another one, and `wants` are the variables that these need: of each group
    one must be set.
    """

    target: str
    app: AppModel
    python: str
    architecture: str
    entries: dict[str, EntryParts]
    functions: tuple[PlannedFunction, ...]
    files: dict[str, str] = {}
    requirements: tuple[str, ...] = ()
    provided: frozenset[str] = frozenset()
    provided_beneath: frozenset[str] = frozenset()
    provided_used: frozenset[str] = frozenset()
    dependencies: str | None = ""
    bytecode_alone: bool = False
    notes: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    sbom: str = ""
    drivers: dict[str, str] = {}
    wants: tuple[tuple[str, ...], ...] = ()

    def by_identity(self) -> dict[str, list[FunctionModel]]:
        """Return the functions of each identity."""
        declared = {function.name: function for function in self.app.functions}
        return grouped((planned.identity or planned.name, declared[planned.name]) for planned in self.functions)

    def provided_here(self) -> frozenset[str]:
        """Return every distribution that the host has."""
        return self.provided | self.provided_beneath

    def provided_imported(self) -> frozenset[str]:
        """Return those of `provided` that the app's code or the target's modules import."""
        return self.provided_used | self.provided.intersection(self.app.uses)

    def generated(self) -> dict[str, str]:
        """Return the text of every generated file, by path."""
        return self.files | {path: assemble(parts) for path, parts in self.entries.items()}
