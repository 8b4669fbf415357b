"""Takes an app's imports and its resolved dependencies; refuses imports that no dependency provides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.model import AppModel, NeededImport
from portable.tooling.app.places import clickable
from portable.tooling.depend.requirement_files import normalised


def refuse_undeclared(app: AppModel, provided: Iterable[str], folder: Path) -> None:
    """Raise PortableError for the `undeclared` imports of an app. `folder` is the app's."""
    lines = [f"{needed.where}: {what}: {WAY}" for needed, what in undeclared(app, provided)]
    if lines:
        raise PortableError(clickable("\n".join(lines), folder))


WAY = "add its distribution to the dependencies in pyproject.toml or requirements.txt"


def undeclared(app: AppModel, provided: Iterable[str]) -> Iterator[tuple[NeededImport, str]]:
    """Yield the imports that no distribution provides, of those that ship or that the host has, and what to say of each.

    A module that was found here without a distribution, such as one on PYTHONPATH, is not judged.
    """
    known = {normalised(name) for name in provided}
    for needed in app.imports:
        names = {normalised(name) for name in (*needed.distributions, needed.module)}
        if names & known or (needed.found and not needed.distributions):
            continue
        if needed.unless and all(known.intersection(map(normalised, tried)) for tried in needed.unless):
            continue
        from_here = f" (here it comes from {', '.join(needed.distributions)})" if needed.distributions else ""
        yield needed, f"the app imports {needed.module}, which no declared dependency provides{from_here}"
