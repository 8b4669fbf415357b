"""The options of `portable plan` that write who may deploy, and what is said of the files."""

from __future__ import annotations

import json
import re
import subprocess
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portable.errors import PortableError

if TYPE_CHECKING:
    from portable.tooling.deploy.ci.pipelines import Repository
    from portable.tooling.deploy.deployer import Written


class Kind(StrEnum):
    """Where a pipeline runs."""

    github = "github"
    gitlab = "gitlab"
    azure_pipelines = "azure-pipelines"


Deployer = Annotated[
    bool, typer.Option("--deployer", help="Write the least rights that deploy this app to this stage.")
]
PipelineKind = Annotated[
    Kind | None,
    typer.Option("--ci", help="Also write whom the cloud trusts in a pipeline, and the pipeline's workflow."),
]
Boundary = Annotated[
    str | None,
    typer.Option("--boundary", help="AWS: the ARN of a permissions boundary that each role of the app must have."),
]
RepositoryName = Annotated[
    str | None,
    typer.Option(
        "--repository",
        help="With --ci: the repository with its owner; on Azure Pipelines <organization>/<project>.",
        show_default="that of the git remote origin",
    ),
]
Branch = Annotated[str, typer.Option("--branch", help="With --ci: the branch that is deployed.")]
Issuer = Annotated[str, typer.Option("--issuer", help="With --ci: who issues the tokens, where it is your own server.")]
Subject = Annotated[
    str, typer.Option("--subject", help="With --ci: the whole subject of the tokens, if it is another one.")
]
_REMOTE = re.compile(r"(?:https?://|ssh://)?(?:[^@/]+@)?[^/:]+[/:](?:\d+/)?(.+?)(?:\.git)?/?")


def repository_of(app: Path, ci: Kind, name: str | None, branch: str, issuer: str, subject: str) -> Repository:
    """Return the repository that the options name, or the one that the app is in. Raises PortableError for none."""
    from portable.tooling.deploy.ci.pipelines import Repository, checked

    folder = (app if app.is_dir() else app.parent).resolve()
    root = _git(folder, "rev-parse", "--show-toplevel")
    inside = folder.relative_to(Path(root).resolve()).as_posix() if root else ""
    found = _REMOTE.fullmatch(_git(folder, "remote", "get-url", "origin"))
    origin = found[1] if found is not None and ci is not Kind.azure_pipelines else ""
    if not (name or origin):
        raise PortableError("it is not known in which repository the pipeline runs: give --repository")
    return checked(Repository(ci.value, name or origin, branch, "" if inside == "." else inside, issuer, subject))


def tell(written: Written, *, as_json: bool) -> None:
    """Print what was written, and what an administrator does with it."""
    if as_json:
        plain = {
            "files": [str(file) for file in written.files],
            "notes": list(written.notes),
            "variables": dict(written.variables),
        }
        typer.echo(json.dumps(plain))
        return
    for file in written.files:
        typer.echo(f"{file}")
    for note in written.notes:
        typer.echo(f"note: {note}")
    folder = written.files[0].parent
    typer.echo(
        f"next: an administrator reads the files and applies them once: terraform -chdir={folder} init, then apply"
    )
    for name, origin in written.variables.items():
        typer.echo(f"next: set the variable {name} of the pipeline to {origin}")


def _git(folder: Path, *command: str) -> str:
    """Return what git says, "" where it says nothing."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *command], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
