"""An app and the folder of its artifacts -> the targets that are judged when nobody names any, and those set aside.

An app whose project names targets, by a table or by an artifact, is judged for these. Else it is judged for every installed
target; one of them that cannot call a function of the app at all is not what its author had in mind, so it gets one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.settings import load_settings, tables_of
from portable.tooling.bundle.manifest import read_manifest
from portable.tooling.check.finding import Finding

RULE = "target"
LACKS = frozenset(("trigger", "method", "path"))
"""Rules whose errors say that a function can never be called there."""


def used(folder: Path, out: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of the names that the project uses, in their order. Raises SettingsError."""
    app = load_settings(folder, None, names).name
    tables = tables_of(folder)
    return tuple(name for name in names if name in tables or _artifact_of(out / name) == app)


def _artifact_of(folder: Path) -> object:
    """Return the name of the app whose artifact lies in a folder; None where there is none that can be read."""
    try:
        return read_manifest(folder)["app"]
    except PortableError:
        return None


def set_aside(findings: Sequence[Finding], target: str) -> Finding | None:
    """Return one note for all that was found on a target which cannot call a function of the app; None for another target."""
    errors = [one for one in findings if one.level == "error"]
    first = next((one for one in errors if one.rule in LACKS), None)
    if first is None:
        return None
    more = f" (the first of {len(errors)} errors)" if len(errors) > 1 else ""
    return replace(
        first,
        rule=RULE,
        level="note",
        message=f"{target} cannot take this app: {first.message}{more}",
        targets=(target,),
        substitute=f"nothing, if {target} is not meant; else see all of it with portable check --target {target}",
    )
