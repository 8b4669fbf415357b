"""Objects of Kubernetes, KEDA and Knative, and files of Compose, against their published schemas: a line of JSON in, faults out.

It runs on a Python of its own, which holds these schemas: see `schemas.py`. Fields that a schema does not name are faults.
"""

from __future__ import annotations

import json
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")  # of the generated models, about the names of fields
VERSIONS = ("v1.30.0", "v1.37.0")
"""The oldest Kubernetes that is looked at, and the newest: each of these takes what both take."""
MODELS = {
    "keda.sh/v1alpha1": "cloudcoil.models.keda.v1alpha1",
    "serving.knative.dev/v1": "cloudcoil.models.knative_serving.serving.v1",
    "eventing.knative.dev/v1": "cloudcoil.models.knative_eventing.eventing.v1",
    "sources.knative.dev/v1": "cloudcoil.models.knative_eventing.sources.v1",
}


def faults(kind: str, value: Any) -> list[str]:
    """Return what is wrong with a value: `kind` is "object", "compose" or "sbom"."""
    if kind == "sbom":
        return _of_sbom(value)
    if kind == "compose":
        from compose_viz.spec.compose_spec import ComposeSpecification  # type: ignore[import-not-found]

        return _by_model(ComposeSpecification, value)
    if value["apiVersion"] in MODELS:
        return _by_model(_model(value["apiVersion"], value["kind"]), value)
    return [fault for version in VERSIONS for fault in _by_schema(version, value)]


def _of_sbom(value: Any) -> list[str]:
    from cyclonedx.schema import SchemaVersion  # type: ignore[import-not-found]
    from cyclonedx.validation.json import JsonStrictValidator  # type: ignore[import-not-found]

    version = SchemaVersion.from_version(value["specVersion"])
    found = JsonStrictValidator(version).validate_str(json.dumps(value))
    return [] if found is None else [str(found)]


def _by_model(model: Any, value: Any) -> list[str]:
    try:
        model.model_validate(value, extra="forbid")
    except ValueError as error:
        return [str(error)]
    return []


@cache
def _model(api: str, kind: str) -> Any:
    from importlib import import_module

    return getattr(import_module(MODELS[api]), kind)


def _by_schema(version: str, value: Any) -> list[str]:
    group, _, number = value["apiVersion"].rpartition("/")
    parts = (value["kind"].lower(), *([group.split(".")[0]] if group else ()), number)
    found = _validator(version, "-".join(parts)).iter_errors(value)
    return [f"Kubernetes {version}: {'/'.join(map(str, error.instance_path))}: {error.message}" for error in found]


@cache
def _validator(version: str, name: str) -> Any:
    import jsonschema_rs  # type: ignore[import-not-found]
    import kubernetes_validate  # type: ignore[import-not-found]

    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"{version}-local-strict"
    own, shared = (json.loads((folder / f"{each}.json").read_text(encoding="utf-8")) for each in (name, "_definitions"))
    schema = json.dumps({**own, "$defs": shared["$defs"]}).replace("/api/_definitions.json#", "#")
    return jsonschema_rs.Draft7Validator({key: part for key, part in json.loads(schema).items() if key != "$id"})


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(faults(asked["kind"], asked["value"])), flush=True)
