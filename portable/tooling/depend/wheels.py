"""Takes the files of an installed distribution; returns a reproducible wheel of it.

This is how a distribution that only this machine has, or that was built here, reaches a provider's own build.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from portable.tooling.archive import archive, members_of
from portable.tooling.depend.dist_info import Owned, record, tags


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel: its file name, bytes and their sha256."""

    name: str
    data: bytes
    hash: str


def wheel(distribution: Owned, files: Mapping[str, bytes]) -> Wheel:
    """Return the wheel of a distribution whose files lie at the root of `files`."""
    kept = {path: files[path] for path in sorted(distribution.paths) if path != f"{distribution.folder}/RECORD"}
    listed = [[path, f"sha256={_digest(data)}", str(len(data))] for path, data in kept.items()]
    listed.append([f"{distribution.folder}/RECORD", "", ""])
    kept[f"{distribution.folder}/RECORD"] = record(listed)
    data = archive(members_of(kept, ()).values())
    name = (
        f"{distribution.folder.removesuffix('.dist-info')}-{_tag(files.get(f'{distribution.folder}/WHEEL', b''))}.whl"
    )
    return Wheel(name, data, f"sha256:{hashlib.sha256(data).hexdigest()}")


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _tag(metadata: bytes) -> str:
    """Return the compressed tag of a file name: each part's values joined by a dot."""
    parts = [tag.split("-") for tag in tags(metadata)] or [["py3", "none", "any"]]
    return "-".join(".".join(dict.fromkeys(values)) for values in zip(*parts, strict=False))
