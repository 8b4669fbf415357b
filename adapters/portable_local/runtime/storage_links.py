"""Links in a bucket's folder: a path within it in, whether a link on the way leads out of the folder out.

A link that stays within is followed, as a person who made it expects. The folder itself may be a link.
"""

from __future__ import annotations

import os

from portable_local.runtime.storage_paths import INSIDE


def leads_out(folder: str, path: str) -> bool:
    """Say whether what is at `path`, which begins with `folder`, lies elsewhere, or within what is no object."""
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
