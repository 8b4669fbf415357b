"""Runs uv: takes its arguments; returns its output. The program is that of the `uv` distribution, or else the one on PATH."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from portable.errors import PortableError

TIMEOUT = 600
"""Seconds uv may take over a download."""


def run_uv(
    arguments: list[str], folder: Path | None = None, timeout: float = TIMEOUT
) -> subprocess.CompletedProcess[str]:
    """Return what uv answered in `folder`, whose own uv settings it reads. Raises PortableError when there is no uv.

    Without a folder it reads those of no project: constraints and indexes of the one that portable was started in would
    bear upon the answer.
    """
    command = [_program(), "--no-progress", "--color", "never", *arguments]
    try:
        return subprocess.run(
            command,
            cwd=folder or os.path.abspath(os.sep),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={key: value for key, value in os.environ.items() if key not in ("UV_COMPILE_BYTECODE", "UV_PYTHON")},
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"uv took more than {timeout:.0f} s and was stopped")


def _program() -> str:
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        import shutil

        found = shutil.which("uv")
        if found is None:
            raise PortableError("uv was not found: install it with pip install uv") from None
        return found
