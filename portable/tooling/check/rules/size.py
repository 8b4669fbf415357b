"""A subject -> an artifact that is too large, where one lies there already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from portable.tooling.app.places import shown
from portable.tooling.bundle.manifest import NAME
from portable.tooling.check.subject import Subject
from portable.tooling.target import Problem

RULE = "limit"


def unpacked_size(subject: Subject) -> Iterator[Problem]:
    """Yield an error for an artifact that has more bytes unpacked than the target takes."""
    folder, most = subject.out / subject.target.name, subject.target.platform.unzipped
    if most is None or not (folder / NAME).is_file():
        return
    size = _size(folder / "bundle")
    if size > most:
        message = f"the artifact has {size:,} bytes unpacked, but {subject.target.title} allows {most:,}"
        instead = "remove or replace large dependencies, or leave files out by [tool.portable] exclude"
        yield Problem(message, f"{shown(folder / NAME)}:1", rule=RULE, instead=instead)


def _size(folder: Path) -> int:
    return sum(os.lstat(os.path.join(above, name)).st_size for above, _, names in os.walk(folder) for name in names)
