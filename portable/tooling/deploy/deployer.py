"""Who deploys an app to a stage: an app, a target and a stage in, the files that an administrator applies once out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.deploy.ci.pipeline import OWN
from portable.tooling.deploy.ci.pipelines import Repository, trust_of, workflow
from portable.tooling.deploy.order import Order, deploying_of
from portable.tooling.deploy.overview import UNKNOWN
from portable.tooling.infra.actions import needed, read_actions
from portable.tooling.infra.administering import Administering, Wanted
from portable.tooling.infra.blueprint import described, read_blueprint
from portable.tooling.infra.files import DEPLOYER, FOLDER, write_files
from portable.tooling.infra.terraform_files import TerraformFiles
from portable.tooling.targets import load_target

_BLOCK = re.compile(r'backend\s+"(\w+)"\s*\{(.*?)\n\s*\}', re.DOTALL)
_GIVEN = re.compile(r'^\s*(\w+)\s*=\s*"([^"]*)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """The files, the notes for whoever reads them, and the variables that the pipeline needs, each with where it is from."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    variables: Mapping[str, str]


def write_deployer(order: Order, boundary: str | None = None, repository: Repository | None = None) -> Written:
    """Write who deploys an app to a stage, and for a repository also the trust and the workflow of its pipeline.

    Raises PortableError for a target that has no such thing.
    """
    target, administering = order.target, administering_of(order.target)
    if boundary is not None and not administering.limits:
        raise PortableError(f"--boundary: {load_target(target).title} has no limit that an identity is made with")
    planned = order.planned()
    settled = planned.read.settled
    blueprint = read_blueprint({**described(planned.plan), **UNKNOWN})
    made = settled.target.infra(blueprint, settled.stage)
    assert isinstance(made, TerraformFiles), "who deploys is said of what an engine makes"
    folder = order.out / target
    wanted = Wanted(
        settled.stage,
        made.main,
        needed(made.main, read_actions(administering.actions), deploying_of(target)),
        boundary,
        trust_of(repository, administering, settled.stage) if repository else None,
        backend_of(folder / FOLDER) or backend_of(settled.settings.folder / OWN / target),
    )
    documents = administering.documents(wanted)
    files = dict(documents.files)
    variables: Mapping[str, str] = {}
    if repository is not None:
        name, text = workflow(repository, administering, settled.stage, target, settled.options.python)
        files[name] = text
        variables = administering.sign_in[repository.ci].variables
    written = write_files(files, folder / DEPLOYER)
    if documents.numbered:
        for file in set((folder / DEPLOYER).glob(documents.numbered)) - set(written):
            file.unlink()
    return Written(tuple(written), documents.notes, variables)


def administering_of(target: str) -> Administering:
    """Return what a target says of who deploys. Raises PortableError for one that has nothing to say."""
    found = load_target(target).administering()
    if found is None:
        raise PortableError(f"{target} does not say what a deployer needs: `plan --deployer` and `--ci` are not for it")
    return found


def backend_of(folder: Path) -> tuple[str, Mapping[str, str]] | None:
    """Return the type and the arguments of the `backend` in the user's own files of a folder, None when there is none."""
    for file in sorted(folder.glob("*.tf")):
        found = _BLOCK.search(file.read_text(encoding="utf-8", errors="replace"))
        if found is not None:
            return found[1], dict(_GIVEN.findall(found[2]))
    for file in sorted(folder.glob("*.tf.json")):
        try:
            blocks = json.loads(file.read_text(encoding="utf-8"))["terraform"]["backend"]
            return next((kind, {name: str(value) for name, value in given.items()}) for kind, given in blocks.items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
            continue
    return None
