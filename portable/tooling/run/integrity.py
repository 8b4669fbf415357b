"""Takes the folder of an artifact and its manifest; returns the differences between its files and those that were packaged. It only reads."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from portable.errors import PortableError

TOLD = 5
"""Number of paths in one sentence."""


def read_files(bundle: Path) -> tuple[dict[str, bytes], frozenset[str]]:
    """Return the files of a folder by path, and the paths of links and other special files, which are never packaged."""
    files, others = {}, set()
    for path in sorted(bundle.rglob("*")):
        name = path.relative_to(bundle).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            others.add(name)
        elif path.is_file():
            files[name] = path.read_bytes()
    return files, frozenset(others)


def read_zip(folder: Path, manifest: Mapping[str, Any]) -> dict[str, bytes] | None:
    """Return the files of bundle.zip, or None if it differs from the manifest. Raises PortableError."""
    try:
        data = (folder / "bundle.zip").read_bytes()
    except OSError as error:
        raise PortableError(f"{folder} has no bundle.zip: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            members = zipped.infolist()
            # a name is there twice, and hosts may choose either file
            return None if len({member.filename for member in members}) < len(members) else _read(zipped, manifest)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return None


def _read(zipped: zipfile.ZipFile, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Return members by name. Members that the manifest does not list are not unpacked."""
    names = zipped.namelist()
    return {name: zipped.read(name) if name in manifest["files"] else b"" for name in names}


def differences(
    where: str, files: Mapping[str, bytes] | None, manifest: Mapping[str, Any], others: Iterable[str] = ()
) -> Iterator[str]:
    """Yield one sentence per difference between files and a manifest. None stands for a zip that portable did not write.

    `others` are paths that are not files.
    """
    if files is None:
        yield f"{where} differs from the manifest: package again"
        return
    listed: Mapping[str, str] = manifest["files"]
    held = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    unlike = sorted(others)
    for what, paths in (
        ("are missing", sorted(listed.keys() - held.keys() - set(unlike))),
        ("are not in the manifest", sorted(held.keys() - listed.keys())),
        ("were changed", sorted(path for path in listed.keys() & held.keys() if listed[path] != held[path])),
        ("are links, which are never packaged", unlike),
    ):
        if paths:
            more = f" and {len(paths) - TOLD} more" if len(paths) > TOLD else ""
            yield f"files of {where} {what}: {', '.join(paths[:TOLD])}{more}: package again"
