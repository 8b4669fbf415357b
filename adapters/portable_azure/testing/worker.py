"""Finds Microsoft's Python worker on this machine; returns the command that serves a bundle with it.

The worker (`azure-functions-runtime`) needs Python 3.13, which may differ from the test's Python, and its own packages.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from portable.errors import UnsupportedError

VARIABLE = "PORTABLE_AZURE_WORKER"
FOLDER = ".azure-worker"
PROGRAM = Path(__file__).parent / "hosted" / "azure_worker.py"
"""The program for the worker's Python. It gets a bundle and a port, where it serves HTTP as the Functions host does."""
MISSING = (
    f"--artifact: the Azure worker was not found. Install it once: `uv venv -p 3.13 {FOLDER}` and `uv pip install -p {FOLDER} "
    f"azure-functions-runtime azure-functions`; or set {VARIABLE} to a Python that has both"
)


def worker_command() -> list[str]:
    """Return the interpreter and the program, from PORTABLE_AZURE_WORKER, .azure-worker, this Python or python3.13.

    The variable names an interpreter, or one with its own program. Raises UnsupportedError, which says how to get one.
    """
    command = shlex.split(os.environ.get(VARIABLE, ""))
    if len(command) > 1:
        return command
    candidates = command or [
        str(Path(FOLDER).resolve() / "bin" / "python"),
        sys.executable,
        shutil.which("python3.13") or "",
    ]
    for python in candidates:
        if python and _has_worker(python):
            return [python, str(PROGRAM)]
    raise UnsupportedError(f"{command[0]} has no azure-functions-runtime. {MISSING}" if command else MISSING)


def _has_worker(python: str) -> bool:
    asked = "import sys, azure_functions_runtime, azure.functions; sys.exit(sys.version_info < (3, 13))"
    try:
        return subprocess.run([python, "-c", asked], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
