"""The files of the project: what git tracks, or, without git, what lies in its folders."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SKIPPED = {"__pycache__", "node_modules", "dist", "build", ".git", ".venv", ".nox", ".portable", ".hypothesis"}


@cache
def tracked() -> tuple[Path, ...]:
    """Return every tracked file that exists."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode == 0 and done.stdout:
        found = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not _SKIPPED.intersection(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def python_files(*folders: str) -> list[Path]:
    """Return the tracked Python files below folders of the project."""
    return [path for path in tracked() if path.suffix == ".py" and any(path.is_relative_to(ROOT / f) for f in folders)]


@cache
def tree(path: Path) -> ast.Module:
    """Return a file as Python reads it, which several rules look at."""
    return ast.parse(path.read_text("utf-8"))


def shipped(path: Path) -> bool:
    """Say whether a module of ours travels in a bundle."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "portable":
        return parts[1] not in ("tooling", "testing", "conformance")
    return parts[0] == "adapters" and len(parts) > 2 and parts[2] == "runtime"


def name(path: Path) -> str:
    """Return a file's path from the project's folder, for messages."""
    return path.relative_to(ROOT).as_posix()
