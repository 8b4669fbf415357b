"""Takes a lock that the provider's build installs; returns the distributions that it cannot download, and its options.

Its requirements.txt names the indexes of the project. What lies on this machine, or behind credentials that must not
ship, goes along as a wheel in a folder beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from portable.tooling.depend.lock import Lock, Wanted, requirements_text
from portable.tooling.depend.lock_text import Entry
from portable.tooling.depend.uv_settings import MACHINE, Index, indexes, same_index
from portable.tooling.depend.wheels import Wheel

FOLDER = "wheels"
"""The folder of the source that holds the wheels, named by --find-links."""


@dataclass(frozen=True, slots=True)
class Reach:
    """`carried` are names whose wheels ship; `options` the lines that name indexes; `notes` say why a wheel ships."""

    carried: frozenset[str]
    options: tuple[str, ...]
    notes: tuple[str, ...]


def reach(locked: Lock, wanted: Wanted, project: Path) -> Reach:
    """Return what the provider's build can reach of a lock."""
    known = indexes(project, wanted.declared.lines)
    carried: dict[str, list[str]] = {}
    options, unknown = set(), []
    for entry in locked.entries:
        index = _index(entry, known, project)
        reason = _reason(entry, index, locked)
        if reason:
            carried.setdefault(reason, []).append(entry.name)
        elif index is not None:
            options.add(f"{index.option} {index.url}")
        elif entry.index and any(name in os.environ for name in MACHINE):
            unknown.append(entry.name)
    notes = [f"wheels that ship in {FOLDER}/: {', '.join(names)}: {reason}" for reason, names in carried.items()]
    if unknown:
        notes.append(
            f"requirements.txt has no index for {', '.join(unknown)}: only the settings of this machine name it, not those "
            "of the project; if the provider's build needs it, write it in [[tool.uv.index]]"
        )
    names = frozenset(name for found in carried.values() for name in found)
    return Reach(names, tuple(sorted(options)), tuple(notes))


def _reason(entry: Entry, index: Index | None, locked: Lock) -> str:
    """Return why the provider's build cannot have a distribution but as a wheel that ships; "" when it can."""
    if entry.direct or entry.name in locked.build:
        return "they were built here from source"
    if entry.index and not entry.index.startswith(("http://", "https://")):
        return "their index is only on this machine"
    if index is not None and index.secret:
        return "their index needs credentials, which never ship"
    return ""


def requirements_file(locked: Lock, reached: Reach, wheels: Mapping[str, Wheel]) -> dict[str, bytes]:
    """Return requirements.txt and the wheels beside it, by path."""
    entries = tuple(_of_wheel(entry, wheels.get(entry.name)) for entry in locked.entries)
    head = [*reached.options, *([f"--find-links {FOLDER}"] if wheels else [])]
    text = "".join(f"{line}\n" for line in head) + requirements_text(entries)
    return {"requirements.txt": text.encode(), **{f"{FOLDER}/{made.name}": made.data for made in wheels.values()}}


def _of_wheel(entry: Entry, made: Wheel | None) -> Entry:
    """Return an entry that only the wheel beside the file satisfies."""
    if made is None:
        return entry
    return replace(entry, line=f"{entry.name}=={entry.version}", hashes=(made.hash,), direct=False)


def _index(entry: Entry, known: tuple[Index, ...], project: Path) -> Index | None:
    if entry.index is None:
        return None
    url = re.sub(r"/$", "", entry.index)
    return next((index for index in known if same_index(index.url, url, project)), None)
