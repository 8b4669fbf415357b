"""Takes the folder of an artifact and its manifest; returns the differences between its files and those that were packaged. It only reads."""

from __future__ import annotations

import hashlib
import io
import stat
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


def read_zip(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, str] | None:
    """Return the sha256 of each file of bundle.zip, None when it is not the zip that the manifest names.

    `files` are those of the folder: a member of another size is not unpacked, whatever that size may be. Raises
    PortableError.
    """
    file = folder / "bundle.zip"
    if file.exists() and not file.is_file():
        raise PortableError(f"{file} is no ordinary file: package again")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise PortableError(f"{folder} has no bundle.zip: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            members = zipped.infolist()
            # one name twice: which one a host would take cannot be told; a link leads where its bytes say
            if len({member.filename for member in members}) < len(members) or not all(map(_is_plain, members)):
                return None
            return {member.filename: _hash(zipped, member, files) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return None


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Say whether a member is an ordinary file by the mode that is written beside it, as our own are."""
    return stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG)


def _hash(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, files: Mapping[str, bytes]) -> str:
    """Return the sha256 of a member, "" for one that cannot be the file of its name."""
    held = files.get(member.filename)
    if held is None or len(held) != member.file_size:
        return ""
    return hashlib.sha256(zipped.read(member)).hexdigest()


def differences(
    where: str, held: Mapping[str, str] | None, manifest: Mapping[str, Any], others: Iterable[str] = ()
) -> Iterator[str]:
    """Yield one sentence per difference between files and a manifest. None stands for a zip that portable did not write.

    `held` are their hashes by path, `others` paths that are no files.
    """
    if held is None:
        yield f"{where} differs from the manifest: package again"
        return
    listed: Mapping[str, str] = manifest["files"]
    unlike = sorted(others)
    for what, paths in (
        ("are missing", sorted(listed.keys() - held.keys() - set(unlike))),
        ("are not in the manifest", sorted(held.keys() - listed.keys())),
        ("were changed", sorted(path for path in listed.keys() & held.keys() if listed[path] != held[path])),
        ("are no ordinary files, such as links, which are never packaged", unlike),
    ):
        if paths:
            more = f" and {len(paths) - TOLD} more" if len(paths) > TOLD else ""
            yield f"files of {where} {what}: {', '.join(paths[:TOLD])}{more}: package again"
