"""What a killed process has left in a bucket's folder: files half written and attributes of objects that are gone.

`sweep` takes both away; it is called under the bucket's lock, at the first write of each process.
"""

from __future__ import annotations

import os
from contextlib import suppress

from portable_local.runtime.storage_attributes import AttributeFiles, etag_of
from portable_local.runtime.storage_lock import is_held

DROP = ".drop"
"""Ends the name of a note: the attributes of this etag go, unless the file at the path within still has it."""


def note(writing: str, etag: str, path: str) -> str | None:
    """Write down that the attributes of a file are about to go, and return the note's path.

    None when there is no room for a note: on a full disk an object can still be deleted.
    """
    found = f"{writing}/{etag}{DROP}"
    try:
        os.makedirs(writing, exist_ok=True)
        with open(found, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(path)
    except OSError:
        with suppress(OSError):
            os.unlink(found)
        return None
    return found


def sweep(writing: str, attributes: AttributeFiles) -> None:
    """Take away what killed processes have left."""
    try:
        entries = list(os.scandir(writing))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        with suppress(OSError):  # another system's file that is in use, or one that is gone meanwhile
            if entry.name.endswith(DROP):
                _follow(entry.path, attributes)
            elif entry.is_file(follow_symlinks=False) and not is_held(entry.path):
                attributes.remove(etag_of(entry.stat(follow_symlinks=False)))
                os.unlink(entry.path)


def _follow(path: str, attributes: AttributeFiles) -> None:
    etag = os.path.basename(path).removesuffix(DROP)
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        where = file.read()
    try:
        still = etag_of(os.lstat(where)) == etag
    except OSError:
        still = False
    if not still:
        attributes.remove(etag)
    os.unlink(path)
