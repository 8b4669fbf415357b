"""A lock -> the files of its distributions for another platform, unpacked by uv from wheels only."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from portable.tooling.app.files import AppFiles
from portable.tooling.depend.lock import DependencyError, Lock, Wanted, explain
from portable.tooling.depend.uv import run_uv

NOT_SHIPPED = frozenset(
    ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json", "uv_cache.json", "uv_build.json")
)
"""Files of a .dist-info that tell of the installation; what importlib.metadata reads stays."""


def install(locked: Lock, wanted: Wanted, project: Path) -> AppFiles:
    """Return the installed files by path. Raises DependencyError when a distribution cannot be had."""
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        file = Path(temporary, "requirements.txt")
        file.write_text(locked.text, encoding="utf-8")
        site = Path(temporary, "site")
        done = run_uv(
            [
                "pip",
                "install",
                "--quiet",
                f"--target={site}",
                f"--requirements={file}",
                "--no-deps",
                "--require-hashes",
                "--only-binary=:all:",
                "--no-compile-bytecode",
                f"--python-platform={wanted.platform}",
                f"--python-version={wanted.python}",
                f"--python={sys.executable}",  # spares uv a search
            ],
            project,
        )
        if done.returncode != 0:
            raise DependencyError(explain(done.stderr, wanted))
        return _files(site)


def _files(site: Path) -> AppFiles:
    files, executable = {}, set()
    for folder, folders, names in os.walk(site):
        inside = Path(folder).relative_to(site)
        folders[:] = sorted(name for name in folders if name != "__pycache__" and (inside.parts or name != "bin"))
        for name in names:
            if (inside.name.endswith(".dist-info") and name in NOT_SHIPPED) or (not inside.parts and name == ".lock"):
                continue
            path = (inside / name).as_posix()
            files[path] = Path(folder, name).read_bytes()
            if Path(folder, name).stat().st_mode & 0o100:
                executable.add(path)
    return AppFiles(files, frozenset(executable))
