"""Takes a version such as "3.12"; returns an interpreter on this machine, or one that uv downloads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from portable.tooling.depend.uv import run_uv

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
PATIENCE = 45
"""Seconds uv may take to fetch an interpreter; without one the bundle goes without bytecode."""


def find_interpreter(version: str, fetch: bool = False) -> str | None:
    """Return the path of an interpreter of a version, or None if there is none; `fetch` lets uv download one."""
    if version == RUNNING:
        return sys.executable
    import shutil

    known = [*_of_pyenv(version), shutil.which(f"python{version}")]
    for path in known:
        if path and _runs(path, version):
            return path
    found = run_uv(["python", "find", "--no-project", "--no-python-downloads", version])
    if found.returncode == 0 and _runs(found.stdout.strip(), version):
        return found.stdout.strip()
    if fetch and run_uv(["python", "install", version], timeout=PATIENCE).returncode == 0:
        return find_interpreter(version)
    return None


def _of_pyenv(version: str) -> list[str]:
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    return [str(path) for path in sorted(versions.glob(f"{version}.*/bin/python{version}"), reverse=True)]


def _runs(path: str, version: str) -> bool:
    """Return whether a file is an interpreter of a version. pyenv has shims also for versions that are not installed."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-I", "-c", question], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == version
