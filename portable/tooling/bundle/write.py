"""Takes a `Bundle`; writes `<out>/<target>/` (bundle/, bundle.zip and manifest.json) completely or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.archive import Member, archive, members_of
from portable.tooling.bundle.bundle import Bundle
from portable.tooling.bundle.manifest import NAME, manifest, manifest_text
from portable.tooling.infra.files import DEPLOYER, FOLDER

PARTS = ("bundle", "bundle.zip", NAME)
"""What an artifact is made of, in the order in which it is replaced."""


def check_folder(folder: Path) -> None:
    """Raise PortableError if a folder holds anything but an artifact of portable."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise PortableError(f"{folder} is not a folder: choose another --out")
    if {entry.name for entry in folder.iterdir()} <= {FOLDER, DEPLOYER}:
        return  # a user's backend, and who deploys, may be there before the first artifact
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or "schema" not in found or "target" not in found:
        raise PortableError(
            f"{folder} is not empty and has no {NAME} of portable: choose another --out, or empty the folder"
        )


def write(bundle: Bundle, out: Path) -> dict[str, Any]:
    """Replace `<out>/<target>` by the bundle's artifact and return its manifest.

    Everything is written beside it first, so that a failure leaves what was there. Raises PortableError.
    """
    folder = out / bundle.plan.target
    check_folder(folder)
    members = _members(bundle)
    zipped = archive(members)
    described = manifest(bundle, zipped)
    if _is_there(folder, zipped, manifest_text(described), bundle.files):
        return described
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=out, ignore_cleanup_errors=True) as temporary:
            made = Path(temporary, "new")
            _write_files(made / "bundle", members, bundle.files)
            (made / "bundle.zip").write_bytes(zipped)
            (made / NAME).write_text(manifest_text(described), encoding="utf-8")
            _replace(folder, made, Path(temporary, "old"))
    except OSError as error:
        raise PortableError(f"{folder} cannot be written: {error.strerror or error}") from error
    return described


def _is_there(folder: Path, zipped: bytes, text: str, files: Mapping[str, bytes]) -> bool:
    """Return whether a folder holds this very artifact already, byte for byte: then nothing is written."""
    try:
        if (folder / NAME).read_text(encoding="utf-8") != text or (folder / "bundle.zip").read_bytes() != zipped:
            return False
        unpacked = str(folder / "bundle")
        found = [os.path.join(parent, name) for parent, _, names in os.walk(unpacked) for name in names]
        if len(found) != len(files):
            return False
        for path in found:
            with open(path, "rb") as file:
                if files.get(os.path.relpath(path, unpacked).replace(os.sep, "/")) != file.read():
                    return False
    except OSError:
        return False
    return True


def _members(bundle: Bundle) -> list[Member]:
    """Return every file of a bundle as a member of its zip; what was packed before stays so."""
    rest = {path: data for path, data in bundle.files.items() if path not in bundle.packed}
    return [*bundle.packed.values(), *members_of(rest, bundle.executable).values()]


def _write_files(folder: Path, members: Iterable[Member], files: Mapping[str, bytes]) -> None:
    made: set[Path] = set()
    for found in members:
        file = folder / found.path
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        file.write_bytes(files[found.path])
        if found.executable:
            file.chmod(0o755)


def _replace(folder: Path, made: Path, aside: Path) -> None:
    """Put what was made in the place of what was there; that comes back when this fails.

    Whatever else is in the folder stays: infra/ may hold the state of a deployment. The manifest comes last, so that an
    artifact that was replaced in part is known by it.
    """
    folder.mkdir(exist_ok=True)
    aside.mkdir()
    moved = []
    try:
        for name in PARTS:
            if (folder / name).exists():
                (folder / name).rename(aside / name)
            moved.append(name)
            (made / name).rename(folder / name)
    except OSError:
        for name in moved:
            if (folder / name).exists():
                (folder / name).rename(made / f"failed-{name}")
            if (aside / name).exists():
                (aside / name).rename(folder / name)
        raise
    with suppress(OSError):
        shutil.rmtree(aside)
