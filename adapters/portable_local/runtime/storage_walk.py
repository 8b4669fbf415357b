"""The objects in a bucket's folder: a folder and a prefix in, keys out. What a link brings in from elsewhere is no object."""

from __future__ import annotations

import os

from portable_local.runtime import storage_paths
from portable_local.runtime.storage_links import leads_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def keys_in(root: str, prefix: str) -> Iterator[str]:
    """Yield the keys with a prefix that are in a bucket's folder, in no order."""
    top = storage_paths.folder_path(prefix)
    beginning = f"{prefix.rpartition('/')[0]}/" if top else ""
    if leads_out(root, f"{root}/{top}"):
        return
    waiting = [(f"{root}/{top}" if top else root, beginning, False)]
    while waiting:
        folder, start, linked = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue  # gone meanwhile, or nothing was ever written
        for entry in entries:
            if entry.name == storage_paths.INSIDE:
                continue
            is_link = entry.is_symlink()
            if is_link and (linked or leads_out(root, entry.path)):
                continue  # links behind a link could lead in circles
            try:
                is_folder = entry.is_dir()
            except OSError:
                continue  # a link that leads to itself
            name = storage_paths.folder_key(entry.name) if is_folder else storage_paths.file_key(entry.name)
            if name is None:
                continue
            key = f"{start}{name}"
            if not is_folder:
                yield key
            elif key.startswith(prefix) or prefix.startswith(key):
                waiting.append((entry.path, key, linked or is_link))
