"""Takes the output of uv's resolver; returns one `Entry` per distribution."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from portable.tooling.depend.requirement_files import normalised


@dataclass(frozen=True, slots=True)
class Entry:
    """A resolved distribution.

    `line` is what an installer is told, without hashes; `version` is "" until it is built, for a distribution that is
    not in an index. `because` says who asks for it: a name, or a file in which the app does. `index` is the address of
    its index. `path` is where it lies on this machine. `direct` says that it comes from a path, a URL or git.
    """

    name: str
    version: str
    line: str
    hashes: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    index: str | None = None
    path: str | None = None
    direct: bool = False


def entries(text: str) -> list[Entry]:
    """Return the entries of a requirements text that uv made; a path or URL without a name has the name ""."""
    found = []
    for block in re.split(r"\n(?=[^\s#])", text.strip()):
        first = block.splitlines()[0].removesuffix("\\").strip() if block else ""
        if not first or first.startswith("#") or re.match(r"--|-[icrf]\s", first):
            continue
        said = re.findall(r"^[ \t]+#[ \t]+(?:via[ \t]+)?(.+)$", block, re.MULTILINE)
        because = tuple(_reason(reason) for reason in said if reason != "via" and not reason.startswith("from "))
        index = next((reason.removeprefix("from ") for reason in said if reason.startswith("from ")), None)
        hashes = tuple(re.findall(r"--hash=(\S+)", block))
        found.append(_entry(first.partition(" --hash")[0], hashes, because, index))
    return found


def named(resolved: list[Entry], described: str, project: Path) -> list[Entry]:
    """Return entries with the names that uv's pylock.toml tells, for those that came without one."""
    names: dict[str, str] = {}
    for package in tomllib.loads(described).get("packages", ()):
        for kind in ("directory", "archive", "vcs"):
            place = package.get(kind, {})
            where = place.get("path") or place.get("url")
            if where:
                names[_place(where, project)] = package["name"]
    return [
        entry if entry.name else replace(entry, name=names.get(_place(entry.path or entry.line, project), ""))
        for entry in resolved
    ]


def _entry(first: str, hashes: tuple[str, ...], because: tuple[str, ...], index: str | None) -> Entry:
    first = re.sub(r"\s*;.*$", "", first) if " @ " not in first else first
    pinned = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?===?(\S+)", first)
    if pinned:
        return Entry(normalised(pinned[1]), pinned[2], first, hashes, because, index)
    name, at, where = first.partition(" @ ")
    if not at:
        name, where = "", re.sub(r"^(-e|--editable)[\s=]+", "", first)
    path = None if re.match(r"(?!file:)[a-z+]+:", where) else _path(where)
    return Entry(normalised(name.partition("[")[0].strip()), "", where, hashes, because, None, path, True)


def _path(where: str) -> str:
    from urllib.parse import unquote

    plain = re.sub(r"^file:(//)?", "", where.partition("#")[0])
    return unquote(plain) if plain != where else plain


def _place(where: str, project: Path) -> str:
    if re.match(r"(?!file:)[a-z+]+:", where):
        return where.partition("@")[0].removeprefix("git+")
    return os.path.realpath(project / _path(where))


def _reason(reason: str) -> str:
    """Return a name as PEP 503 compares it; a file in which the app asks stays as it is told."""
    return reason if reason.startswith("-") or " (" in reason else normalised(reason)
