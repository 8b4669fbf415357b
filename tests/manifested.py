"""What tests of the container's manifests share: an app as it is collected in, the files of its infrastructure out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import yaml
from infrastructures import ROOT, tool

from portable.tooling.app.model import AppModel
from portable.tooling.infra.blueprint import Blueprint, described, read_blueprint
from portable.tooling.infra.stage import Stage
from portable.tooling.plan import Plan, PlannedFunction
from portable_container.deploy.manifests import infrastructure

SAMPLES = ("samples/hello", "samples/photos", "samples/orders", "tests/apps/deployed", "tests/apps/everything")
Object = dict[str, Any]


def blueprint_of(app: AppModel, isolate: Collection[str] = ()) -> Blueprint:
    """Return the blueprint of an app on the container, as its planner gives identities."""

    def identity(function: Any) -> str:
        shared = "serve" if function.trigger["kind"] == "http" else "work"
        return function.name if function.name in isolate else shared

    functions = tuple(PlannedFunction(one.name, f"entry_{one.identifier}", {}, identity(one)) for one in app.functions)
    plan = Plan("container", app, "3.12", "x86_64", {}, functions)
    return read_blueprint({**described(plan), **tool().BUNDLE})


def files_of(app: AppModel, stage: str = "prod", isolate: Collection[str] = ()) -> dict[str, str]:
    """Return the text of each file of an app in a stage."""
    return infrastructure(blueprint_of(app, isolate), Stage(app.name, stage)).files()


def sample(folder: str) -> AppModel:
    """Return what the app in a folder declares."""
    with tool().imported(ROOT / folder) as model:
        return model  # type: ignore[no-any-return]


def read(text: str) -> list[Object]:
    """Return the documents of a file. libyaml reads them where it is there: these files are many."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [each for each in yaml.load_all(text, loader) if each]


def objects(files: dict[str, str], folder: str = "") -> list[Object]:
    """Return the objects of Kubernetes in the files below a folder, but for what only kustomize reads."""
    found = []
    for path, text in files.items():
        if (
            path.split("/")[0] in ("kubernetes", "keda", "knative")
            and path.startswith(folder)
            and "kustomiz" not in path
        ):
            found += read(text)
    return found


def named(found: list[Object], kind: str, name: str) -> Object:
    """Return the object of a kind and name."""
    [one] = [each for each in found if each["kind"] == kind and each["metadata"]["name"] == name]
    return one
