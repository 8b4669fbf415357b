"""Lists the objects in a bucket's folder: takes a folder and a prefix; returns keys. Links out of the folder are ignored."""

from __future__ import annotations

import os

from portable_local.runtime import storage_paths
from portable_local.runtime.storage_links import leads_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def keys_in(root: str, prefix: str) -> Iterator[str]:
    """Yield the keys with a prefix in a bucket's folder, in no order."""
    top = storage_paths.folder_path(prefix)
    beginning = f"{prefix.rpartition('/')[0]}/" if top else ""
    if leads_out(root, f"{root}/{top}"):
        return
    pending = [(f"{root}/{top}" if top else root, beginning, False)]
    while pending:
        folder, start, linked = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue  # removed meanwhile, or nothing was ever written
        for entry in entries:
            if entry.name == storage_paths.INSIDE:
                continue
            is_link = entry.is_symlink()
            if is_link and (linked or leads_out(root, entry.path)):
                continue  # a link behind a link could form a loop
            try:
                is_folder = entry.is_dir()
            except OSError:
                continue  # a link to itself
            name = storage_paths.folder_key(entry.name) if is_folder else storage_paths.file_key(entry.name)
            if name is None:
                continue
            key = f"{start}{name}"
            if not is_folder:
                yield key
            elif key.startswith(prefix) or prefix.startswith(key):
                pending.append((entry.path, key, linked or is_link))
