"""Tools that are servers: a name and its pinned requirement in, the folder that holds it out; made once for all sessions.

They live in `.nox/tools/<name>-<hash of the requirement>`, apart from the project's own environment, because their pins
clash with ours. A file lock keeps parallel sessions from making one folder twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / ".nox" / "tools"


def python_tool(name: str, *requirements: str, python: str | None = None) -> Path:
    """Return the virtual environment that holds pinned Python packages; its programs are in `bin`. Skips without uv."""
    uv = _program("uv", "install it with `pip install uv`")
    version = python or f"{sys.version_info.major}.{sys.version_info.minor}"

    def make(folder: Path) -> None:
        _run(uv, "venv", "-q", "--python", version, str(folder))
        _run(uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python"), *requirements)

    return _install(name, (version, *requirements), make)


def locked_python(requirements: Path) -> Path:
    """Return the Python of an environment that holds what a locked requirements.txt says, and nothing else. Skips without uv."""
    uv = _program("uv", "install it with `pip install uv`")

    def make(folder: Path) -> None:
        _run(uv, "venv", "-q", "--python", sys.executable, str(folder))
        python = ("--python", str(folder / "bin" / "python"))
        _run(uv, "pip", "install", "-q", "--compile-bytecode", "--require-hashes", *python, "-r", str(requirements))

    return _install("locked", (sys.version, requirements.read_text(encoding="utf-8")), make) / "bin" / "python"


def node_tool(name: str, *requirements: str, without: Sequence[str] = ()) -> Path:
    """Return the folder whose `node_modules` holds pinned npm packages. Skips without node and npm.

    `without` are packages that a server needs for what no test asks of it. Empty ones stand for them, because npm takes
    seconds for the thousands of files behind them.
    """
    _program("node", "install Node.js 20 or newer")
    npm = _program("npm", "install it with Node.js")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent")

    def make(folder: Path) -> None:
        empty = folder / "empty"
        empty.mkdir(parents=True)
        (empty / "package.json").write_text('{"name": "empty", "version": "1.0.0"}')
        (empty / "index.js").touch()
        overrides = dict.fromkeys(without, "file:empty")
        (folder / "package.json").write_text(json.dumps({"overrides": overrides}))
        _run(npm, "install", "--prefix", str(folder), *quiet, *requirements)

    return _install(name, (*requirements, *without), make)


def debian_program(find: Callable[[], str | None], *packages: str) -> str:
    """Return a program of Debian packages, installed if this machine lets us. `find` looks for it. Skips without it."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        TOOLS.mkdir(parents=True, exist_ok=True)
        with (TOOLS / ".debian.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for command in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *packages)):
                subprocess.run(["apt-get", *command], capture_output=True, check=False, env=environment, timeout=600)
    found = find()
    if found is None:
        pytest.skip(f"{packages[0]} is missing: apt-get install {packages[0]}")
    return found


def _install(name: str, requirements: Sequence[str], make: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:12]
    folder = TOOLS / f"{name}-{digest}"
    if (folder / ".ready").exists():
        return folder
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / ".ready").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        try:
            make(folder)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            shutil.rmtree(folder, ignore_errors=True)
            output = (error.stderr or b"").decode(errors="replace").strip()[-400:]
            pytest.skip(f"{name} could not be installed ({' '.join(requirements)}): {output or error}")
        (folder / ".ready").touch()
    return folder


def _program(name: str, hint: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is missing: {hint}")
    return found


def _run(*command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=environment)
