"""Takes an installed distribution's .dist-info; returns the files for importlib.metadata, without data of this machine."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from portable.tooling.depend.requirement_files import normalised

LOCAL = frozenset(("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"))
"""Files about this installation. They may hold paths of this machine."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A distribution among installed files: its folder of metadata, name, version, and the paths that are its own."""

    folder: str
    name: str
    version: str
    paths: tuple[str, ...]


def owned(files: Mapping[str, bytes]) -> dict[str, Owned]:
    """Return each installed distribution by its normalised name."""
    found = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        if name != "METADATA" or not folder.endswith(".dist-info"):
            continue
        title = field(files[path], "Name") or folder.removesuffix(".dist-info").rpartition("-")[0]
        base = folder.rpartition("/")[0]
        prefix = f"{base}/" if base else ""
        recorded = [f"{prefix}{row[0]}" for row in rows(files.get(f"{folder}/RECORD", b""))]
        paths = tuple(item for item in recorded if item in files) or (path,)
        found[normalised(title)] = Owned(folder, title, field(files[path], "Version") or "", paths)
    return found


def without_traces(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files without what tells of this installation, each RECORD listing the files that remain."""
    kept = {path: data for path, data in files.items() if not _is_local(path)}
    for path in list(kept):
        folder, _, name = path.rpartition("/")
        if name == "RECORD" and folder.endswith(".dist-info"):
            base = folder.rpartition("/")[0]
            prefix = f"{base}/" if base else ""
            listed = [row for row in rows(kept[path]) if f"{prefix}{row[0]}" in kept]
            kept[path] = record(sorted(listed))
    return kept


def rows(record_file: bytes) -> list[list[str]]:
    """Return the rows of a RECORD: path, hash, size."""
    return [row for row in csv.reader(io.StringIO(record_file.decode("utf-8", "replace"))) if row]


def record(listed: list[list[str]]) -> bytes:
    """Return the text of a RECORD."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(listed)
    return out.getvalue().encode()


def field(metadata: bytes, name: str) -> str | None:
    """Return the first value of a header of METADATA or WHEEL."""
    match = re.search(rb"^" + name.encode() + rb":[ \t]*(.*?)[ \t]*\r?$", metadata.partition(b"\n\n")[0], re.MULTILINE)
    return match[1].decode("utf-8", "replace") if match else None


def tags(wheel: bytes) -> tuple[str, ...]:
    """Return the tags of a WHEEL, such as "py3-none-any"."""
    return tuple(found.decode() for found in re.findall(rb"^Tag:[ \t]*(\S+)", wheel, re.MULTILINE))


def _is_local(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder.endswith(".dist-info") and name in LOCAL
