"""A bundle.zip in, the Cloud Run functions of a stage that run it out (Cloud Functions API v2: upload, update, wait for the build)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from portable.errors import Unavailable
from portable.tooling.infra.remote import Code
from portable_gcp.deploy.remote.cloud import GoogleCloud

POLL_SECONDS = 3.0
LONGEST_SECONDS = 1200.0
"""How long a build may take."""


def codes(cloud: GoogleCloud, units: Sequence[str]) -> dict[str, Code]:
    """Return the code of Cloud Run functions: the build that made it stands for it."""
    return {unit: Code(cloud.deployed(unit).build) for unit in units}


def publisher(cloud: GoogleCloud, artifact: Path) -> Callable[[str], Code]:
    """Return what builds a function from a zip and waits until it is live."""

    def put(unit: str) -> Code:
        found = cloud.deployed(unit)
        source = _upload(cloud, found.region, unit, artifact)
        url = f"{cloud.endpoints.functions}/v2/{found.path}?updateMask=buildConfig.source"
        body = {"name": found.path, "buildConfig": {"source": {"storageSource": source}}}
        _wait(cloud, unit, cloud.api.json(f"updating the code of {unit}", "PATCH", url, body))
        return Code(cloud.function(unit).build)

    return put


def _upload(cloud: GoogleCloud, region: str, unit: str, artifact: Path) -> Any:
    """Upload a zip, and return what the API calls its place. The place belongs to one update: Google removes it later."""
    what = f"uploading the code of {unit}"
    parent = f"projects/{cloud.project}/locations/{region}"
    url = f"{cloud.endpoints.functions}/v2/{parent}/functions:generateUploadUrl"
    place = cloud.api.json(what, "POST", url, {"environment": "GEN_2"})
    cloud.plain.ask(what, "PUT", place["uploadUrl"], {"content-type": "application/zip"}, lambda: artifact.open("rb"))
    return place["storageSource"]


def _wait(cloud: GoogleCloud, unit: str, operation: Any) -> None:
    """Return when an operation is over. Raises Unavailable when it failed; the function runs the code of before then."""
    end = time.monotonic() + LONGEST_SECONDS
    while not operation.get("done"):
        if time.monotonic() > end:
            raise Unavailable(
                f"the build of {unit} is not over after {LONGEST_SECONDS:.0f} s: look at {operation['name']} in Cloud Build"
            )
        time.sleep(POLL_SECONDS)
        operation = cloud.api.json(
            f"waiting for the code of {unit}", "GET", f"{cloud.endpoints.functions}/v2/{operation['name']}"
        )
    error = operation.get("error")
    if error:
        raise Unavailable(f"Google Cloud could not build {unit}: {error.get('message')}. It runs the code of before")
