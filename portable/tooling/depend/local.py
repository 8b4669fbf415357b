"""Takes the folders and files of this machine from which dependencies come; returns a text that changes with them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_PASSED_OVER = frozenset(("__pycache__", "build", "dist", "node_modules"))


def local_stamp(paths: Iterable[str]) -> str:
    """Return a text that changes with any file of the folders and files that a lock takes from this machine."""
    parts: list[str | bytes] = []
    for path in sorted(paths):
        found = [Path(path)] if os.path.isfile(path) else sorted(_inside(Path(path)))
        for file in found:
            parts += [str(file), file.read_bytes()]
    from portable.tooling.cache import digest

    return digest(parts)


def _inside(folder: Path) -> Iterable[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in _PASSED_OVER
            and not name.startswith(".")
            and not name.endswith(".egg-info")
            and not os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))
        ]
        yield from (Path(parent, name) for name in names if os.path.isfile(os.path.join(parent, name)))
