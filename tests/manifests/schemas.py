"""The published schemas as a process that is asked: a value in, its faults out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers.install import python_tool

PACKAGES = (
    "kubernetes-validate==1.37.0",
    "cloudcoil-models-keda==2.16.1.0",
    "cloudcoil-models-knative-eventing==1.17.1.1",
    "cloudcoil-models-knative-serving==1.17.0.1",
    "compose-viz==0.3.5",
    "cyclonedx-python-lib[json-validation]==11.12.0",
    "jsonschema-rs>=0.29",
    "pydantic>=2.12",
)
"""Who publishes the schemas in a registry that the tests reach: for Python 3.11, hence older than the newest."""


class Schemas:
    """The schemas of Kubernetes, KEDA, Knative, Compose and CycloneDX."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def faults(self, kind: str, value: Any) -> list[str]:
        """Return what is wrong with a value: `kind` is "object", "compose" or "sbom"."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"kind": kind, "value": value}) + "\n")
        self._process.stdin.flush()
        found: list[str] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def schemas() -> Iterator[Schemas]:
    """Give the schemas; skip where they cannot be installed."""
    python = python_tool("manifest-schemas", *PACKAGES) / "bin" / "python"
    command = [python, Path(__file__).with_name("published.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Schemas(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
