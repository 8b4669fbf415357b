"""`Infrastructure`: the configuration of an app in a stage; and its files in `<out>/<target>/infra/`.

The user's own files in that folder are theirs: a backend, a network, a further resource. They are never written.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, Expression

FOLDER = "infra"
DEPLOYER = "deployer"
"""The folder of who may deploy, beside the infrastructure."""


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What `main.tf.json`, `variables.tf.json` and `outputs.tf.json` hold."""

    main: Document
    variables: Document
    outputs: Document

    def files(self) -> dict[str, str]:
        """Return the text of each file by its name."""
        return {
            "main.tf.json": self.main.text(),
            "variables.tf.json": self.variables.text(),
            "outputs.tf.json": self.outputs.text(),
        }


def guard(infrastructure: Infrastructure, stage: Stage) -> None:
    """Say in a configuration which stage it is for, so that it cannot be planned in the workspace of another one.

    The workspace "default" is allowed, for those who keep one state for each stage.
    """
    infrastructure.outputs.block(
        "output",
        "stage",
        value=stage.name,
        precondition={
            "condition": Expression(f'${{contains(["{stage.name}", "default"], terraform.workspace)}}'),
            "error_message": f"these files are those of the stage {stage.name}, and this is the workspace of another one: "
            f"choose it with `workspace select -or-create {stage.name}`, or write the files of the other stage",
        },
    )


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
