"""The deployer of an app, as each target writes it: an app of this project and a target in, what is needed and the files out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from infrastructures import ROOT, tool

from portable.tooling.app.settings import load_settings
from portable.tooling.deploy.ci.pipelines import Repository, trust_of
from portable.tooling.deploy.order import deploying_of
from portable.tooling.infra.actions import ActionMap, Needed, needed, read_actions
from portable.tooling.infra.administering import Documents, Wanted
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document
from portable.tooling.targets import load_target, target_names

TARGETS = ("aws", "azure", "gcp")
REPOSITORY = Repository("github", "acme/shop")
APPS = (
    "samples/photos",
    "samples/orders",
    "samples/hello",
    "tests/apps/deployed",
    "tests/apps/everything",
    "tests/apps/tasks",
)


def actions_of(target: str) -> ActionMap:
    """Return the map of a target."""
    administering = load_target(target).administering()
    assert administering is not None
    return read_actions(administering.actions)


@cache
def main_of(app: str, target: str, stage: str = "dev") -> Document:
    """Return the configuration of an app in a stage. It is made once, and nobody changes it."""
    with tool().imported(ROOT / app) as model:
        found = load_target(target).infra(tool().blueprint_of(model, target), Stage(model.name, stage))
    assert found is not None
    return found.main


def wanted_of(app: str, target: str, stage: str = "dev", repository: Repository | None = None, **more: Any) -> Wanted:
    """Return what the documents of an app's deployer are made from."""
    main = main_of(app, target, stage)
    administering = load_target(target).administering()
    assert administering is not None
    held: frozenset[Needed] = needed(main, actions_of(target), deploying_of(target))
    own = Stage(load_settings(ROOT / app, targets=target_names()).name, stage)
    trust = trust_of(repository, administering, own) if repository else None
    return replace(Wanted(own, main, held, trust=trust), **more)


def documents_of(wanted: Wanted, target: str) -> Documents:
    """Return the files."""
    administering = load_target(target).administering()
    assert administering is not None
    return administering.documents(wanted)
