"""Names of modules -> the installed distributions that hold them."""

from __future__ import annotations

from inspect import getmodulename
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution


def providers(names: set[str]) -> dict[str, set[str]]:
    """Return the installed distributions that hold modules of these first names; a name that none holds is left out.

    `importlib.metadata.packages_distributions` tells it of every module there is, and parses each record for that.
    """
    from importlib.metadata import distributions  # few apps that are served need it

    found: dict[str, set[str]] = {}
    for distribution in distributions():
        for name in names.intersection(_modules(distribution, names)):
            found.setdefault(name, set()).add(distribution.metadata["Name"])
    return found


def _modules(distribution: Distribution, names: set[str]) -> list[str]:
    """Return the first names of a distribution's modules, none where its record does not tell of these names."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    if declared:
        return declared
    record = distribution.read_text("RECORD")
    if record is not None and not any(f"\n{name}{end}" in f"\n{record}" for name in names for end in "/."):
        return []
    files = distribution.files or ()
    return [file.parts[0] if len(file.parts) > 1 else getmodulename(file) or "" for file in files]
