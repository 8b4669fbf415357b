"""The software bill of materials of a bundle: an app and its locked distributions in, CycloneDX JSON out.

It holds no time and no random number, so that the same bundle has the same one. https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from portable.tooling.app.model import AppModel
from portable.tooling.depend.lock import Requirement

PORTABLE = "portable-functions"


def sbom(app: AppModel, requirements: Iterable[Requirement]) -> str:
    """Return the text. `hashes` of a distribution are those of its files that may be installed.

    The modules of portable that ship are a component too, under the version that wrote the bundle.
    """
    libraries = [_library(found) for found in (_own(), *requirements)]
    own = {"type": "application", "bom-ref": app.name, "name": app.name} | (
        {"version": app.version} if app.version else {}
    )
    known = json.dumps([own, libraries], sort_keys=True)
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, known)}",
        "version": 1,
        "metadata": {"component": own},
        "components": libraries,
        "dependencies": [{"ref": app.name, "dependsOn": [library["bom-ref"] for library in libraries]}],
    }
    return json.dumps(bom, indent=2, ensure_ascii=False) + "\n"


def _own() -> Requirement:
    from importlib.metadata import version  # only this target's packaging needs it

    return Requirement(PORTABLE, version(PORTABLE), ())


def _library(found: Requirement) -> dict[str, Any]:
    url = f"pkg:pypi/{found.name}@{quote(found.version)}"
    hashes = [{"alg": "SHA-256", "content": each.removeprefix("sha256:")} for each in found.hashes]
    return {
        "type": "library",
        "bom-ref": url,
        "name": found.name,
        "version": found.version,
        "purl": url,
        **({"hashes": hashes} if hashes else {}),
    }
