"""All that a deployment is made from -> one hash: the artifact, the files of the infrastructure, the stage, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from portable.tooling.cache import digest
from portable.tooling.deploy.configuration import OWN

_NOT_READ = (".terraform", OWN)
_STATE = (".tfstate", ".tfstate.backup", ".lock.hcl", ".lock.info")
"""Endings of what an engine writes by itself."""


def deployment_digest(
    artifact: str, folder: Path, stage: str, environment: Mapping[str, str], where: tuple[str, ...]
) -> str:
    """Return the hash; `artifact` is the hash of bundle.zip, `where` names the variables that choose account and region.

    Every file in the folder counts, the user's own too, and variables that are given to the engine by the environment.
    """
    chosen = [f"{name}={environment[name]}" for name in sorted(environment) if name in where or name.startswith("TF_")]
    files = [part for path in _files(folder) for part in (path.relative_to(folder).as_posix(), path.read_bytes())]
    return digest([artifact, stage, str(len(chosen)), *chosen, *files])


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_READ and not name.endswith(".tfstate.d"))
        for name in sorted(names):
            if not name.endswith(_STATE) and not name.startswith("."):
                yield Path(parent, name)
