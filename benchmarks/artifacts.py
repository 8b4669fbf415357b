"""Benchmark apps -> artifacts: ours through `portable package`, a raw handler zipped the usual way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

APPS = Path(__file__).with_name("apps")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def packaged(app: str | Path, folder: Path) -> Path:
    """Package an app, by its folder or its name in benchmarks/apps, for AWS and return its bundle, not writable."""
    source = APPS / app
    out = folder / f"{source.name}-dist"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "portable.tooling.cli.main",
            "package",
            str(APPS / app),
            "--target",
            "aws",
            "--out",
            str(out),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return out / "aws" / "bundle"


def raw(app: str, folder: Path, *requirements: str) -> Path:
    """Copy a raw handler and install its dependencies beside it, without bytecode, as a zip is usually made."""
    target = folder / f"{app}-raw"
    shutil.copytree(APPS / app, target)
    if requirements:
        command = ["uv", "pip", "install", "-q", "--target", str(target), "--python-version", PYTHON, *requirements]
        subprocess.run(command, check=True)
    for cache in target.rglob("__pycache__"):
        shutil.rmtree(cache)
    return target
