"""The environment of Microsoft's Python worker: made once, its interpreter told to the test kit."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from servers.install import python_tool

from portable_azure.testing.worker import VARIABLE

REQUIREMENTS = ("azure-functions==2.3.0", "azure-functions-runtime==1.3.0")
VERSION = "3.13"


def installed() -> Path:
    """Return the environment of the worker."""
    return python_tool("azure-worker", *REQUIREMENTS, python=_interpreter())


def azure_worker() -> str:
    """Return the interpreter of the worker, which the test kit uses from now on. Skips where there is no Python 3.13."""
    made = str(installed() / "bin" / "python")
    os.environ[VARIABLE] = made
    return made


def _interpreter() -> str:
    """Return a Python 3.13, which the worker needs: pyenv's or the one on PATH. Skips with the way to get one."""
    versions = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{VERSION}.*/bin/python{VERSION}"))
    found = str(versions[-1]) if versions else shutil.which(f"python{VERSION}")
    if found is None:
        pytest.skip(f"the Azure worker needs Python {VERSION}: `uv python install {VERSION}` or pyenv")
    return found
