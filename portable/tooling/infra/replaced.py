"""Takes texts by their path; puts them into a folder in the place of those of an earlier time, and says what was removed.

A record in the folder has the digest of each file that was written. Only what it names, and what nobody has changed since, is ever
removed: a file of the user's is not in it, and one that was edited differs from its digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from portable.errors import PortableError
from portable.tooling.infra.files import write_files

RECORD = ".portable-files"
"""The record. It has no suffix that `kubectl apply`, an engine or a scanner would read."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The files that are made now; those that were removed, for nothing makes them any more; and those that stayed, because
    somebody has changed them.
    """

    written: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()

    def told(self) -> Iterator[str]:
        """Yield a sentence for each file that nothing makes any more."""
        for file in self.removed:
            yield f"{file} was removed: nothing makes it any more"
        for file in self.kept:
            yield f"{file} stays, because it was changed by hand: nothing makes it any more, so delete it if nobody needs it"


NOTHING = Replaced()
"""For a target that has no infrastructure."""


def replace_files(texts: Mapping[str, str], folder: Path) -> Replaced:
    """Write texts as `write_files` does, and remove what an earlier call has written and this one does not.

    Raises PortableError when the folder cannot be written.
    """
    before = _recorded(folder)
    written = write_files(texts, folder)
    removed, kept = [], {}
    try:
        for name in sorted(before.keys() - texts.keys()):
            file = folder / name
            if not _is_within(file, folder):
                continue
            if _digest(file.read_bytes()) == before[name]:
                file.unlink()
                removed.append(file)
                _tidy(file.parent, folder)
            else:
                kept[name] = before[name]
    except OSError as error:
        raise PortableError(f"{folder} cannot be written: {error.strerror or error}") from error
    now = {**kept, **{name: _digest(text.encode()) for name, text in texts.items()}}
    write_files({RECORD: json.dumps(dict(sorted(now.items())), indent=1) + "\n"}, folder)
    return Replaced(tuple(written), tuple(removed), tuple(folder / name for name in kept))


def _recorded(folder: Path) -> dict[str, str]:
    """Return what the record says. It is nothing for one that is missing or damaged."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {name: digest for name, digest in entries if isinstance(digest, str)}


def _is_within(file: Path, folder: Path) -> bool:
    """Return whether a file is there, below the folder, and reached by no link."""
    parts = PurePosixPath(file.relative_to(folder)).parts if file.is_relative_to(folder) else ("..",)
    links = any(link.is_symlink() for link in _up(file, folder))
    return ".." not in parts and not links and file.is_file()


def _up(file: Path, folder: Path) -> Iterator[Path]:
    while file not in (folder, file.parent):
        yield file
        file = file.parent


def _tidy(parent: Path, folder: Path) -> None:
    """Remove folders that are empty now."""
    with suppress(OSError):
        for each in _up(parent, folder):
            each.rmdir()


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
