"""A folder inside an app's folder -> whether it is something apart: an environment, an artifact, another app."""

from __future__ import annotations

from pathlib import Path


def is_environment(folder: Path) -> bool:
    """Say whether a folder is a virtual environment."""
    return (folder / "pyvenv.cfg").exists()


def is_artifact(folder: Path) -> bool:
    """Say whether a folder is an artifact that `portable package` wrote, wherever `--out` put it."""
    return (folder / "bundle.zip").is_file() and (folder / "manifest.json").is_file() and (folder / "bundle").is_dir()


def is_other_app(folder: Path) -> bool:
    """Say whether a folder has settings of its own, and so is the folder of another app."""
    try:
        return "[tool.portable" in (folder / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
