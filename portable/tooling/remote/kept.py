"""What is kept of the code of a stage, in `<out>/<target>/code/`: which artifact each unit runs, and the artifacts themselves.

`<stage>.json` says what runs. `<hash>.zip` and `<hash>.json` are an artifact and its manifest. The one before the last
stays, so that it can be returned to.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from portable.tooling.bundle.manifest import NAME
from portable.tooling.infra.remote import Code

FOLDER = "code"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What a stage runs: the hash of its artifact, that of the one before, and the code of each unit as it was last seen.

    A unit that a change did not reach runs an older artifact. Hashes are "" where nothing is known.
    """

    current: str = ""
    previous: str = ""
    units: dict[str, Code] = field(default_factory=dict)
    schema: int = SCHEMA


class CodeFolder:
    """The folder beside an artifact that holds what is kept."""

    def __init__(self, artifact: Path) -> None:
        """`artifact` is the folder `<out>/<target>`."""
        self._artifact = artifact
        self._folder = artifact / FOLDER

    def read(self, stage: str) -> Kept:
        """Return what is known of a stage; nothing where there is no file, or one that another version wrote."""
        try:
            found = msgspec.json.decode((self._folder / f"{stage}.json").read_bytes(), type=Kept)
        except (OSError, msgspec.MsgspecError):
            return Kept()
        return found if found.schema == SCHEMA else Kept()

    def write(self, stage: str, kept: Kept) -> None:
        """Write what is known of a stage, whole or not at all; artifacts that no stage can return to are removed."""
        self._replace(f"{stage}.json", json.dumps(asdict(kept), indent=1).encode())
        self._sweep()

    def keep(self, manifest: dict[str, Any]) -> None:
        """Keep the artifact that is beside the folder now, if it is that of the manifest."""
        sha256 = manifest["sha256"]
        source, target = self._artifact / "bundle.zip", self.zip(sha256)
        if not target.is_file():
            if not source.is_file() or digest(source) != sha256:
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".zip-")
            os.close(handle)
            shutil.copyfile(source, temporary)
            Path(temporary).replace(target)
        self._replace(f"{sha256}.json", json.dumps(manifest).encode())

    def keep_beside(self, sha256: str) -> None:
        """Keep the artifact that is beside the folder, if it has this hash: another one is about to take its place."""
        manifest = _read(self._artifact / NAME)
        if sha256 and manifest is not None and manifest.get("sha256") == sha256:
            self.keep(manifest)

    def zip(self, sha256: str) -> Path:
        """Return the path of a kept artifact."""
        return self._folder / f"{sha256}.zip"

    def manifest(self, sha256: str) -> dict[str, Any] | None:
        """Return the manifest of a kept artifact, None where it is not kept."""
        return _read(self._folder / f"{sha256}.json") if sha256 else None

    def _replace(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=f".{name}-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(self._folder / name)

    def _sweep(self) -> None:
        """Remove zips that no stage runs last or ran before, and manifests that no unit of any stage needs."""
        stages = [self.read(file.stem) for file in self._folder.glob("*.json") if len(file.stem) != _DIGITS]
        zips = {sha256 for kept in stages for sha256 in (kept.current, kept.previous)}
        manifests = zips | {code.sha256 for kept in stages for code in kept.units.values()}
        _remove(self._folder.glob("*.zip"), zips)
        _remove((file for file in self._folder.glob("*.json") if len(file.stem) == _DIGITS), manifests)


_DIGITS = 64
"""The length of a hash; no stage has so long a name."""


def digest(file: Path) -> str:
    """Return the hash of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _remove(files: Iterable[Path], but: set[str]) -> None:
    for file in files:
        if file.stem not in but:
            file.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
