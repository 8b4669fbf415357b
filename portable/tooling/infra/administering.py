"""`Administering`: who may deploy an app to a stage, as a target says it. Documents that an administrator applies once.

`portable plan --deployer` and `--ci` ask nothing else of a target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from portable.tooling.infra.actions import Needed
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, reference

Ci = Literal["github", "gitlab", "azure-pipelines"]
"""Where a pipeline runs."""
ROLE = "deployer"
"""What the role of whoever deploys has in its name, on every target."""
MAY_DELETE_DATA = (
    "may_delete_data",
    "bool",
    False,
    "Whether the deployer may delete data too, as `destroy --data` does.",
)
"""The variable of the documents (a row of `declare`) by which an administrator also gives the rights that delete data."""
IF_MAY_DELETE_DATA = reference(f"var.{MAY_DELETE_DATA[0]} ? 1 : 0")
"""The `count` of what gives these rights."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What the token of a pipeline must say, exactly: who issued it, for whom, and who it is."""

    ci: Ci
    issuer: str
    audience: str
    subject: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What documents are made from.

    `main` is the configuration of the stage and `needed` all that it takes. `boundary` is the limit that each identity of the
    app must have, where the cloud knows such a thing. `trust` is None for people. `backend` is where the engine's state is: the
    type and the arguments of the user's own `backend` block, None where the files have none.
    """

    stage: Stage
    main: Document
    needed: frozenset[Needed]
    boundary: str | None = None
    trust: Trust | None = None
    backend: tuple[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Documents:
    """The texts of files, by name, and notes for whoever reads them.

    `numbered` is a pattern of names of which there may be fewer the next time: files of an earlier time are removed.
    """

    files: Mapping[str, str]
    notes: tuple[str, ...] = ()
    numbered: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a pipeline becomes the deployer, in the words of one CI.

    `steps` are GitHub's, `script` shell lines of the others. `environment` is what later steps see. `variables` are those
    that an administrator sets in the CI, each with where its value is from; none of them is a secret.
    """

    variables: Mapping[str, str]
    steps: tuple[Mapping[str, Any], ...] = ()
    script: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Administering:
    """What a target says of who deploys.

    `actions` is the file of its map. `documents` makes the files. `audience` is what the token of each CI is for, and
    `sign_in` how each signs in.
    """

    actions: Path
    documents: Callable[[Wanted], Documents]
    audience: Mapping[Ci, str]
    sign_in: Mapping[Ci, SignIn]
    limits: bool = False
    """Whether the cloud has a limit for identities that somebody makes, which `--boundary` names."""
