"""A bundle.zip in, the function apps of a stage that run it out (One Deploy of Flex Consumption, `POST /api/publish`)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from portable.errors import NotFound, PortableError, Unavailable
from portable.tooling.infra.remote import Code
from portable_azure.deploy.remote.cloud import App, AzureCloud

POLL_SECONDS = 2.0
LONGEST_SECONDS = 900.0
"""How long a deployment may take."""
RIGHTS_TRIES, RIGHTS_SECONDS = 20, 15.0
"""A new app may write to its own storage only after some minutes, until Azure knows its rights everywhere."""
_DONE = 4
"""The status of a deployment that went well; 0 to 2 are on the way, 3 has failed."""
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_NOT_YET = ("BlobUploadFailedException", "AuthorizationPermissionMismatch", "StorageAccessibleCheck")
"""What the answer holds while an app may not write to its storage."""


def codes(cloud: AzureCloud, units: Sequence[str]) -> dict[str, Code]:
    """Return the code of function apps: the id of the last deployment stands for it, "" for an app that has none."""
    return {unit: Code(_last(cloud, cloud.apps[unit])) for unit in units}


def publisher(cloud: AzureCloud, artifact: Path) -> Callable[[str], Code]:
    """Return what brings a zip to a function app and waits until it is live."""

    def put(unit: str) -> Code:
        app = cloud.apps[unit]
        before = _last(cloud, app)
        place = _send(cloud, app, artifact)
        return Code(_wait(cloud, app, place, before))

    return put


def _url(cloud: AzureCloud, app: App, path: str) -> str:
    return f"{cloud.endpoints.scheme}://{app.code_host}/api/{path}"


def _last(cloud: AzureCloud, app: App) -> str:
    """Return the id of the last deployment of an app, "" where there is none."""
    try:
        found = cloud.management.json(
            f"asking for the code of {app.name}", "GET", _url(cloud, app, "deployments/latest")
        )
    except NotFound:
        return ""
    return str((found or {}).get("id", ""))


def _send(cloud: AzureCloud, app: App, artifact: Path) -> str:
    """Send a zip, and return the path that tells of its deployment. The zip holds all that it needs: nothing is built there."""
    what = f"bringing the code to {app.name}"
    url = _url(cloud, app, "publish?RemoteBuild=false&Deployer=portable")
    headers = {"content-type": "application/zip"}
    attempt = 1
    while True:
        try:
            reply = cloud.management.ask(what, "POST", url, headers, lambda: artifact.open("rb"))
            break
        except PortableError as error:
            if attempt == RIGHTS_TRIES or not any(word in str(error) for word in _NOT_YET):
                raise
        attempt += 1
        time.sleep(RIGHTS_SECONDS)
    own = reply.headers.get("location", "").partition("?")[0].rpartition("/")[2]
    return f"deployments/{own if _ID.fullmatch(own) else 'latest'}"


def _wait(cloud: AzureCloud, app: App, place: str, before: str) -> str:
    """Return the id of the deployment after the one before, as soon as it is live. Raises Unavailable when it failed."""
    end = time.monotonic() + LONGEST_SECONDS
    what = f"waiting for the code of {app.name}"
    while time.monotonic() < end:
        try:
            found = cloud.management.json(what, "GET", _url(cloud, app, place)) or {}
        except NotFound:
            found = {}
        if found.get("id") and found["id"] != before and found.get("complete"):
            return _outcome(app, found)
        time.sleep(POLL_SECONDS)
    raise Unavailable(
        f"{what}: it is not live after {LONGEST_SECONDS:.0f} s: look at the deployments of {app.name} in the portal"
    )


def _outcome(app: App, deployment: dict[str, Any]) -> str:
    if deployment.get("status") == _DONE:
        return str(deployment["id"])
    reason = deployment.get("status_text") or deployment.get("message") or "no reason is given"
    raise Unavailable(f"the code of {app.name} was refused by its host: {reason}. It runs the code of before")
