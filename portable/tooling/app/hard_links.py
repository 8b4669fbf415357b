"""Files that ship and a project's folder -> those that are the same file as one that must stay at home, under another name.

A hard link leads nowhere that could be read: only another name of the same file tells what it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from portable.tooling.grouping import grouped


def other_names(files: Mapping[str, Path], folder: Path, stays: Callable[[str], bool]) -> dict[str, str]:
    """Return the paths of files that have another name in a folder which must stay at home, with that name.

    `stays` is asked with a name relative to the folder. The folder is only searched when a file has several names.
    """
    known = ((path, file.stat()) for path, file in files.items())
    found = grouped(((status.st_dev, status.st_ino), path) for path, status in known if status.st_nlink > 1)
    if not found:
        return {}
    return {
        path: name
        for name, key in _named(folder)
        if key in found and stays(name)
        for path in found[key]
        if path != name
    }


def _named(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            file = Path(parent, name)
            status = file.lstat()
            yield file.relative_to(folder).as_posix(), (status.st_dev, status.st_ino)
