"""The software bill of materials of a bundle."""

from __future__ import annotations

import json
from importlib.metadata import version

from unit.tooling.rules.apps import app

from portable.tooling.bundle.sbom import sbom
from portable.tooling.depend.lock import Requirement

UVICORN = Requirement("uvicorn", "0.54.0", ("sha256:" + "a" * 64, "sha256:" + "b" * 64))
LOCAL = Requirement("own-lib", "1+cu1", ())


def test_each_distribution_is_a_component_that_the_app_depends_on() -> None:
    found = json.loads(sbom(app(version="2.1"), [UVICORN, LOCAL]))
    assert (found["bomFormat"], found["metadata"]["component"]["version"]) == ("CycloneDX", "2.1")
    portable, uvicorn, own = found["components"]
    assert (portable["name"], portable["version"]) == ("portable-functions", version("portable-functions"))
    assert (uvicorn["purl"], uvicorn["version"]) == ("pkg:pypi/uvicorn@0.54.0", "0.54.0")
    assert [each["content"] for each in uvicorn["hashes"]] == ["a" * 64, "b" * 64]
    assert "hashes" not in own
    assert found["dependencies"] == [
        {"ref": "shop", "dependsOn": [portable["bom-ref"], uvicorn["bom-ref"], own["bom-ref"]]}
    ]
    assert own["purl"] == "pkg:pypi/own-lib@1%2Bcu1"


def test_the_same_bundle_has_the_same_one_and_another_version_has_not() -> None:
    first, again = sbom(app(), [UVICORN]), sbom(app(), [UVICORN])
    other = sbom(app(), [Requirement("uvicorn", "0.54.1", UVICORN.hashes)])
    assert first == again
    assert json.loads(first)["serialNumber"] != json.loads(other)["serialNumber"]
