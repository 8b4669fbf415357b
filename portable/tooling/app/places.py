"""Takes a text with places of an app, such as "shop/api.py:12"; returns it with paths that a terminal can open."""

from __future__ import annotations

import os
import re
from pathlib import Path


def shown(file: Path) -> str:
    """Return a path relative to the current folder where it lies in that, else absolute."""
    real, here = os.path.abspath(file), os.getcwd()
    try:
        inside = os.path.commonpath([real, here]) == here
    except ValueError:  # two drives
        inside = False
    return os.path.relpath(real, here) if inside else real


def split_place(where: str) -> tuple[str, int | None]:
    """Return the file and the line of "file:line"; the line is None where there is none."""
    file, _, line = where.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (where, None)


def place_and_text(message: str) -> tuple[str | None, str]:
    """Return the place that a message such as "file:line: text" begins with, None where it begins with none, and its text."""
    place, _, text = message.partition(": ")
    return (place, text) if split_place(place)[1] is not None else (None, message)


def relative(place: str, folder: Path) -> str:
    """Return a place inside a folder relative to it, any other place as it is."""
    file, _, line = place.rpartition(":")
    path = Path(file).resolve()
    return f"{path.relative_to(folder).as_posix()}:{line}" if path.is_relative_to(folder) else place


def seen_from(place: str, folder: Path) -> str:
    """Return a place with its path relative to a folder, which is the same text on every machine."""
    file, line = split_place(place)
    if not os.path.isabs(file):
        return place
    path = Path(os.path.relpath(file, folder)).as_posix()
    return path if line is None else f"{path}:{line}"


def clickable(text: str, folder: Path) -> str:
    """Return a text in which each `file:line` of the app in a folder can be opened from the current folder."""
    root = re.escape(f"{folder}{os.sep}")
    place = re.compile(rf"(?:{root}|(?<![\w./\\-]))([\w./\\-]+\.(?:py|toml|txt)):(?=\d)")

    def opened(found: re.Match[str]) -> str:
        file = folder / found[1]
        return f"{shown(file)}:" if file.is_file() else found[0]

    return place.sub(opened, text)
