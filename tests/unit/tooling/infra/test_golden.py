"""The infrastructure of the samples is what was reviewed, and the providers know every argument in it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from infrastructures import ROOT, schema_checker, tool
from msgspec.structs import replace

from portable.tooling.infra.stage import Stage
from portable.tooling.targets import load_target

APPS = ("samples/hello", "samples/photos", "samples/orders", "tests/apps/deployed", "tests/apps/everything")
NOT_LISTED = (
    *("aws_cloudfront_function", "google_compute_global_address", "google_compute_ssl_policy"),
    "google_compute_target_http_proxy",
)
"""Types that the argument lists do not have: the provider itself checks that of AWS in `tests/deploy`."""


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    return schema_checker()


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    found = {}
    for app in APPS:
        with tool().imported(ROOT / app) as model:
            found[app] = model
    return found


def test_the_infrastructure_of_the_samples_is_what_was_reviewed() -> None:
    assert tool().stale() == [], "run python tools/infrastructure.py, and read the difference"


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("target", ["aws", "azure", "gcp"])
@pytest.mark.parametrize(
    ("stage", "table"), [("prod", {}), ("dev", {"isolate": ("index", "settings", "echo"), "gateway": True})]
)
def test_the_provider_knows_every_argument(
    checker: ModuleType,
    models: dict[str, Any],
    tmp_path: Path,
    app: str,
    target: str,
    stage: str,
    table: dict[str, Any],
) -> None:
    model, options = models[app], replace(tool().OPTIONS, table=table)
    found = load_target(target).infra(tool().blueprint_of(model, target, options), Stage(model.name, stage))
    assert found is not None
    faults: list[str] = []
    for name, text in found.files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert checker.check_file(tmp_path / "main.tf.json", faults) > 0
    assert [fault for fault in faults if not any(kind in fault for kind in NOT_LISTED)] == []
