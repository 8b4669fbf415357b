"""Links in a bucket's folder: takes a path in it; returns whether a link on the path leads out of the folder.

A link that stays within the folder is followed. The folder itself may be a link.
"""

from __future__ import annotations

import os

from portable_local.runtime.storage_paths import INSIDE


def leads_out(folder: str, path: str) -> bool:
    """Return whether `path`, which begins with `folder`, really lies outside of it, or among the bucket's own files."""
    at = folder
    for part in path[len(folder) :].split("/"):
        if not part:
            continue
        at = f"{at}/{part}"
        if os.path.islink(at):
            break
    else:
        return False
    root, real = os.path.realpath(folder), os.path.realpath(path)
    if not real.startswith(f"{root}{os.sep}"):
        return True
    return real[len(root) + 1 :].startswith(INSIDE)
