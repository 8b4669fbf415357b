"""`Infrastructure`: what a target makes for an app in a stage; and its files in `<out>/<target>/infra/`.

The user's own files in that folder are theirs: a backend, a network, a further resource. They are never written.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from portable.errors import PortableError
from portable.tooling.infra.stage import Stage

FOLDER = "infra"
DEPLOYER = "deployer"
"""The folder of who may deploy, beside the infrastructure."""


class Infrastructure(Protocol):
    """The files of an app in a stage. `TerraformFiles` of `portable.tooling.infra.terraform_files` are those of an engine."""

    def files(self) -> dict[str, str]:
        """Return the text of each file by its path in the folder."""
        ...

    def guard(self, stage: Stage) -> None:
        """Say in the files which stage they are for, so that nobody applies them to another one."""
        ...

    def made(self) -> dict[str, int]:
        """Return how many things of each type the files make, for `portable plan`."""
        ...


def declares(folder: Path, variable: str) -> bool:
    """Say whether the configuration in a folder has a variable."""
    try:
        found = json.loads((folder / "variables.tf.json").read_text(encoding="utf-8"))
        return variable in found.get("variable", {})
    except (OSError, ValueError):
        return False


def write_files(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """Write texts into a folder, each whole or not at all; return their paths.

    A file that holds the same already is left as it is. Raises PortableError when the folder cannot be written.
    """
    written = []
    try:
        for name, text in texts.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            written.append(file)
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                _replace(file, text)
    except OSError as error:
        raise PortableError(f"{folder} cannot be written: {error.strerror or error}") from error
    return written


def _replace(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(file)
