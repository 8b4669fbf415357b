"""The targets that are installed: entry points of the group `portable.targets`, by name."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from portable.errors import PortableError
from portable.tooling.target import Target

GROUP = "portable.targets"


class UnknownTarget(PortableError):
    """No installed adapter provides the target; the message lists those that are there."""


def target_names() -> tuple[str, ...]:
    """Return the names of the installed targets, sorted."""
    return tuple(sorted({point.name for point in _points()}))


def load_target(name: str) -> Target:
    """Return an installed target. Raises UnknownTarget."""
    for point in _points():
        if point.name == name:
            found: Target = point.load()
            return found
    raise UnknownTarget(f'there is no target "{name}"; known: {", ".join(target_names()) or "none"}')


def _points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))
