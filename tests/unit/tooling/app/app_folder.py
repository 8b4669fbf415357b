"""Files of an app in a folder, and what of them ships."""

from __future__ import annotations

from pathlib import Path

from portable.tooling.app.files import AppFiles, app_files
from portable.tooling.app.settings import Settings


def made(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


def shipped(folder: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = (), out: str = "dist") -> AppFiles:
    return app_files(Settings(folder, folder, "app", ("app",), include=include, exclude=exclude), folder / out)
