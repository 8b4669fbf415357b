"""A repository and a stage in, whom the cloud trusts and the text of the workflow out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version

from portable.errors import PortableError
from portable.tooling.deploy.ci import azure_pipelines, github, gitlab
from portable.tooling.deploy.ci.pipeline import Pipeline
from portable.tooling.infra.administering import Administering, Ci, Trust
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.yaml import yaml_text

KINDS: tuple[Ci, ...] = ("github", "gitlab", "azure-pipelines")
_MAKE = {"github": github, "gitlab": gitlab, "azure-pipelines": azure_pipelines}
_PART = re.compile(r"[A-Za-z0-9_.-]+( [A-Za-z0-9_.-]+)*")
_BRANCH = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where the pipeline of an app runs.

    `name` is the repository with its owner or groups, on Azure Pipelines the organization and the project. `folder` is where
    the app is in it. `issuer` and `subject` are those of the tokens, "" for what the CI has by itself.
    """

    ci: Ci
    name: str
    branch: str = "main"
    folder: str = ""
    issuer: str = ""
    subject: str = ""


def checked(repository: Repository) -> Repository:
    """Return a repository whose names are names. A pattern is none: it would trust whoever has a name that fits."""
    parts = repository.name.split("/")
    right = len(parts) >= 2 if repository.ci == "gitlab" else len(parts) == 2
    if not right or not all(_PART.fullmatch(part) for part in parts):
        raise PortableError(
            f'"{repository.name}" is not the name of a repository: give --repository {_MAKE[repository.ci].EXAMPLE}'
        )
    if not _BRANCH.fullmatch(repository.branch):
        raise PortableError(f'"{repository.branch}" is not the name of a branch')
    if repository.issuer and (
        not repository.issuer.startswith("https://") or "*" in repository.issuer or repository.issuer.endswith("/")
    ):
        raise PortableError(
            f'"{repository.issuer}" is not an issuer of tokens: it begins with https:// and has no / at its end'
        )
    if "*" in repository.subject or "?" in repository.subject:
        raise PortableError(
            f'"{repository.subject}" is a pattern, and would trust more than one pipeline: give the whole subject'
        )
    return repository


def trust_of(repository: Repository, administering: Administering, stage: Stage) -> Trust:
    """Return what the tokens of a repository's deployments to a stage say. Raises PortableError for what is no repository."""
    found = checked(repository)
    issuer = found.issuer or _MAKE[found.ci].ISSUER
    if not issuer:
        raise PortableError(
            "each organization of Azure DevOps has an issuer of its own: give --issuer, which the page of the service connection "
            "shows, such as https://vstoken.dev.azure.com/<id of the organization>"
        )
    subject = found.subject or _MAKE[found.ci].subject(found.name, found.branch, stage)
    return Trust(found.ci, issuer, administering.audience[found.ci], subject)


def workflow(
    repository: Repository, administering: Administering, stage: Stage, target: str, python: str
) -> tuple[str, str]:
    """Return the name and the text of the file that a repository needs."""
    made = _MAKE[repository.ci]
    sign_in = administering.sign_in[repository.ci]
    pipeline = Pipeline(
        stage,
        target,
        python,
        f"portable-functions[{target}]=={version('portable-functions')}",
        repository.branch,
        repository.folder,
        sign_in,
        administering.audience[repository.ci],
    )
    comments = (
        f"Checks {stage.app} on each proposed change, and deploys it to {stage.name}.",
        f"Written by: portable plan --ci {repository.ci}. No key is kept anywhere.",
        f"Copy it to {made.place(pipeline)}",
        "Set these variables in the CI; none of them is a secret:",
        *(f"  {name}: {origin}" for name, origin in sign_in.variables.items()),
    )
    name = made.place(pipeline).rpartition("/")[2].lstrip(".")
    return name, yaml_text(made.document(pipeline), comments)
