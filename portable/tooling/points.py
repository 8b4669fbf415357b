"""The entry points of some groups in a path of packages. They are read here, as `importlib.metadata` takes half of a command's time to import.

Where something else than a folder may hold packages, it is asked all the same.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any, NamedTuple

FILE = "entry_points.txt"
ENDS = (".dist-info", ".egg-info")
_LINE = re.compile(r"\s*([^=]+?)\s*=\s*([\w.]+)\s*(?::\s*([\w.]+))?\s*(?:\[.*\])?\s*$")


class Point(NamedTuple):
    """One entry point: its group, its name, and what it is, as "module:attribute"."""

    group: str
    name: str
    value: str

    @property
    def module(self) -> str:
        """The module that it is in."""
        return self.value.partition(":")[0]

    def load(self) -> Any:
        """Return what it is. Raises ImportError, and AttributeError."""
        module, _, attributes = self.value.partition(":")
        found: Any = import_module(module)
        for attribute in filter(None, attributes.split(".")):
            found = getattr(found, attribute)
        return found


def points(path: Sequence[str], groups: Collection[str]) -> list[Point]:
    """Return the entry points of groups. Of two distributions of one name the one that is first in the path counts."""
    if not _is_plain(path):
        return _by_importlib(groups)
    found: list[Point] = []
    seen: set[str] = set()
    for place in path:
        for folder in _folders(place or os.curdir):
            name = re.sub(r"[-_.]+", "_", os.path.basename(folder).rsplit(".", 1)[0].partition("-")[0]).lower()
            if name not in seen:
                seen.add(name)
                found += _in_text(_text(folder), groups)
    return found


def _is_plain(path: Sequence[str]) -> bool:
    """Return whether all that is installed lies in folders, as far as Python itself can tell."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    return finders == [PathFinder] and not any(place.endswith(".egg") or os.path.isfile(place) for place in path)


def _by_importlib(groups: Collection[str]) -> list[Point]:
    from importlib.metadata import entry_points

    found = entry_points()
    return [Point(group, point.name, point.value) for group in groups for point in found.select(group=group)]


def _folders(place: str) -> list[str]:
    try:
        return [os.path.join(place, name) for name in os.listdir(place) if name.endswith(ENDS)]
    except OSError:
        return []


def _text(folder: str) -> str:
    try:
        with open(os.path.join(folder, FILE), encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""


def _in_text(text: str, groups: Collection[str]) -> Iterator[Point]:
    if not any(group in text for group in groups):
        return
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section in groups and not line.startswith("#"):
            parts = _LINE.match(line)
            if parts is not None:
                yield Point(section, parts[1], f"{parts[2]}:{parts[3]}" if parts[3] else parts[2])
