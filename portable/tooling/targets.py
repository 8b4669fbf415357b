"""The targets that are installed: entry points of the group `portable.targets`, by name."""

from __future__ import annotations

import sys
from functools import cache, lru_cache
from importlib import import_module

from portable.errors import PortableError
from portable.tooling.points import Point, points
from portable.tooling.target import LocalResources, Target

GROUP = "portable.targets"
HERE = "portable.here"


class UnknownTarget(PortableError):
    """No installed adapter provides the target. The message lists the installed targets."""


def target_names() -> tuple[str, ...]:
    """Return the names of the installed targets, sorted."""
    return tuple(sorted({point.name for point in _points()}))


def load_target(name: str) -> Target:
    """Return an installed target. Raises UnknownTarget, or PortableError for one that cannot be imported."""
    for point in _points():
        if point.name == name:
            return _loaded(point)
    raise UnknownTarget(f'there is no target "{name}"; the installed ones are: {", ".join(target_names()) or "none"}')


def installable(name: str) -> str:
    """Return what pip installs a target with, and all that it needs: its distribution, with the extra of its name."""
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        if point.dist is not None:
            extras = point.dist.metadata.get_all("Provides-Extra") or ()
            return f"{point.dist.name}[{name}]" if name in extras else point.dist.name
    return name


@cache
def here() -> tuple[Target, LocalResources]:
    """Return the target that runs on this machine and its resources. Raises UnknownTarget when none does.

    One that says so by an entry point of `portable.here` is found without loading the others. It is looked for once.
    """
    points = {point.name: point for point in (*_points(HERE), *_points())}
    for point in points.values():
        target = _loaded(point)
        resources = target.local()
        if resources is not None:
            return target, resources
    raise UnknownTarget(f"none of the installed targets runs on this machine: {', '.join(target_names())}")


def here_said() -> str:
    """Return "module:attribute" of the target that says that it runs on this machine; "" when none says so."""
    return next((point.value for point in _points(HERE)), "")


def here_at(place: str) -> tuple[Target, LocalResources]:
    """Return what `here` returns, by what `here_said` has returned in another process: nothing is looked for."""
    module, _, attribute = place.partition(":")
    target: Target | None = getattr(import_module(module), attribute) if attribute else None
    resources = target.local() if target is not None else None
    return here() if target is None or resources is None else (target, resources)


def _loaded(point: Point) -> Target:
    try:
        found: Target = point.load()
    except ImportError as error:
        raise PortableError(
            f"the target {point.name} cannot be imported: {error}. Install it again, or uninstall it"
        ) from error
    return found


def _points(group: str = GROUP) -> tuple[Point, ...]:
    return tuple(point for point in _on(tuple(sys.path)) if point.group == group)


@lru_cache(maxsize=2)
def _on(path: tuple[str, ...]) -> list[Point]:
    """Return the entry points on a path: to look reads the metadata of all that is installed, and commands ask often."""
    return points(path, (GROUP, HERE))
