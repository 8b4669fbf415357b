"""Removes what killed processes have left in a bucket's folder: unfinished files, and attributes of deleted objects.

`sweep` is called under the bucket's lock, at the first write of each process.
"""

from __future__ import annotations

import os
from contextlib import suppress

from portable_local.runtime.storage_attributes import AttributeFiles, etag_of
from portable_local.runtime.storage_lock import is_held

DROP = ".drop"
"""Suffix of a note: these attributes are to be removed, unless the file at the path in the note still has their etag."""


def note(writing: str, etag: str, path: str) -> str | None:
    """Write a note that the attributes of a file will be removed. Return the note's path.

    None if there is no space for a note, so that an object can be deleted on a full disk too.
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
    """Remove what killed processes have left."""
    try:
        entries = list(os.scandir(writing))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        with suppress(OSError):  # the file is in use, or was removed meanwhile
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
