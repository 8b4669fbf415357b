"""The options --wire and --artifact -> which targets the tests run on, and the folder that holds their artifacts."""

from __future__ import annotations

from pathlib import Path

from portable.errors import ConfigurationError
from portable.tooling.run.wired import kit_of
from portable.tooling.target import TestKit
from portable.tooling.targets import target_names

MANIFEST = "manifest.json"


def artifact_folder(given: Path) -> Path:
    """Return the folder that holds one folder per target; `given` may be the folder of one artifact, as for `doctor`."""
    return given.parent if (given / MANIFEST).is_file() else given


def chosen(names: str, artifacts: Path | None = None) -> list[str]:
    """Return the targets named in --wire; without any, those with an artifact that the kit can start, or all.

    Raises ValueError for a name without a wire and for a folder without an artifact, ConfigurationError when packages
    of a target that was named are not installed.
    """
    asked = [name.strip() for name in names.split(",") if name.strip()]
    for name in asked:
        if name not in target_names() or kit_of(name) is None:
            raise ValueError(f"--wire {name}: the targets with a wire are {', '.join(_known())}")
    if asked or artifacts is None:
        return asked or _known()
    if (artifacts / MANIFEST).is_file():
        found = [name for name in _known(started=True) if name == artifacts.resolve().name]
    else:
        found = [name for name in _known(started=True) if (artifacts / name / MANIFEST).is_file()]
    if not found:
        raise ValueError(
            f"--artifact: {artifacts} holds no artifact whose host the kit can start "
            f"({', '.join(_known(started=True))}): make one with `portable package --target …`"
        )
    return found


def _known(*, started: bool = False) -> list[str]:
    """Return the targets with a wire; with `started` those whose artifacts the kit can start."""
    return [name for name in target_names() if _fits(name, started)]


def _fits(name: str, started: bool) -> bool:
    try:
        kit: TestKit | None = kit_of(name)
    except ConfigurationError:  # it has one, whose packages are not installed: the test says so
        return True
    return kit is not None and (kit.artifact is not None or not started)
