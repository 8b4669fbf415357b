"""checkov over configurations: folders of HCL, of Kubernetes or with a Dockerfile in, what it found in each of them out."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

VERSION = "3.3.30"
COMMAND = ("uvx", "--python", "3.11", f"checkov=={VERSION}")


@dataclass(frozen=True)
class Scan:
    """What checkov found: (folder, check, address of the resource) of what failed and passed.

    `resources` is how many it has read, `unread` are files that it could not parse.
    """

    failed: frozenset[tuple[str, str, str]]
    passed: frozenset[tuple[str, str, str]]
    resources: int
    unread: tuple[str, ...]


def scan(folder: Path, framework: str = "terraform") -> Scan:
    """Run checkov over all folders in a folder. Skips where it cannot be installed."""
    if shutil.which(COMMAND[0]) is None:
        pytest.skip("uvx is not on this machine: install uv (pip install uv)")
    ready = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=False)
    if ready.returncode != 0:
        pytest.skip(
            f"checkov {VERSION} cannot be installed here, it takes Python 3.11 and a registry: {ready.stderr[-300:]}"
        )
    options = ("--framework", framework, "--output", "json", "--compact", "--skip-download")
    done = subprocess.run([*COMMAND, "--directory", str(folder), *options], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    return _read(json.loads(done.stdout))


def _read(said: Any) -> Scan:
    assert isinstance(said, dict), f"one report was expected, and this came: {str(said)[:300]}"
    results = said["results"]
    failed, passed = (frozenset(map(_one, results[f"{how}_checks"])) for how in ("failed", "passed"))
    return Scan(failed, passed, said["summary"]["resource_count"], tuple(results["parsing_errors"]))


def _one(found: Any) -> tuple[str, str, str]:
    """Return folder, check and resource of one result; of /photos/aws/prod/main.tf the folder is photos/aws/prod."""
    return found["file_path"].strip("/").rpartition("/")[0], found["check_id"], found["resource"]
