"""Whatever an app declares, its manifests are what the published schemas of their makers allow, and name nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from manifested import SAMPLES, files_of, named, objects, sample
from manifests.schemas import Schemas, schemas
from searches import examples
from unit.tooling.infra.any_apps import apps

from portable.tooling.app.model import AppModel
from portable.tooling.bundle.sbom import sbom
from portable.tooling.depend.lock import Requirement


@pytest.fixture(scope="module")
def published() -> Iterator[Schemas]:
    with schemas() as found:
        yield found


def check(published: Schemas, files: dict[str, str]) -> int:
    assert published.faults("compose", yaml.safe_load(files["compose.yaml"])) == []
    found = objects(files)
    for one in found:
        assert published.faults("object", one) == [], f"{one['kind']} {one['metadata']['name']}"
    return len(found)


@pytest.mark.parametrize("app", SAMPLES)
def test_the_manifests_of_the_samples_are_valid(published: Schemas, app: str) -> None:
    model = sample(app)
    for isolate in ((), tuple(function.name for function in model.functions)):
        assert check(published, files_of(model, isolate=isolate)) > 8


@examples(60)
@given(app=apps(), stage=st.sampled_from(["dev", "prod", "dev-eu", "x" * 16]), alone=st.booleans())
def test_the_manifests_of_any_app_are_valid(published: Schemas, app: AppModel, stage: str, alone: bool) -> None:
    check(published, files_of(app, stage, [function.name for function in app.functions] if alone else ()))


def test_the_bill_of_materials_is_valid(published: Schemas) -> None:
    found = json.loads(sbom(sample("samples/orders"), [Requirement("uvicorn", "0.54.0", (f"sha256:{'a' * 64}",))]))
    assert published.faults("sbom", found) == []
    assert published.faults("sbom", {**found, "nope": 1})


def test_the_schemas_know_every_field(published: Schemas) -> None:
    files = files_of(sample("samples/photos"))
    found = objects(files)
    for kind, name, path in (
        ("Deployment", "serve", ("spec", "template", "spec", "containers", 0)),
        ("NetworkPolicy", "dns", ("spec",)),
        ("ScaledObject", "work", ("spec",)),
        ("Trigger", "index", ("spec", "delivery")),
        ("PingSource", "nightly", ("spec",)),
    ):
        spoilt = deepcopy(named(found, kind, name))
        place: object = spoilt
        for step in path:
            place = place[step]  # type: ignore[index]
        place["nope"] = 1  # type: ignore[index]
        assert published.faults("object", spoilt), kind
    compose = yaml.safe_load(files["compose.yaml"])
    compose["services"]["serve"]["nope"] = 1
    assert published.faults("compose", compose)
