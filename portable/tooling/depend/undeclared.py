"""Takes an app's imports and its resolved dependencies; refuses imports that no dependency provides."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.model import AppModel
from portable.tooling.app.places import clickable
from portable.tooling.depend.requirement_files import normalised


def refuse_undeclared(app: AppModel, provided: Iterable[str], folder: Path) -> None:
    """Raise PortableError for an import that no distribution provides, of those that ship or that the host has.

    A module that was found here without a distribution, such as one on PYTHONPATH, is not judged. `folder` is the app's.
    """
    known = {normalised(name) for name in provided}
    lines = []
    for needed in app.imports:
        names = {normalised(name) for name in (*needed.distributions, needed.module)}
        if names & known or (needed.found and not needed.distributions):
            continue
        if needed.unless and all(known.intersection(map(normalised, tried)) for tried in needed.unless):
            continue
        from_here = f" (here it comes from {', '.join(needed.distributions)})" if needed.distributions else ""
        lines.append(
            f"{needed.where}: the app imports {needed.module}, which no declared dependency provides{from_here}: "
            "add its distribution to the dependencies in pyproject.toml or requirements.txt"
        )
    if lines:
        raise PortableError(clickable("\n".join(lines), folder))
