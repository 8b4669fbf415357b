"""A stage on Google Cloud: its project and region, and the Cloud Run functions that run there (Cloud Functions API v2)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from portable.errors import NotFound, PortableError
from portable.tooling.infra.remote import Running
from portable.tooling.remote.rest import Caller
from portable_gcp.deploy.deploying import DEPLOYING
from portable_gcp.deploy.infra.places import GcpPlaces, Service
from portable_gcp.deploy.remote.signing import INSTALL, Signing

_PROJECTS = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_REGIONS = ("GOOGLE_REGION", "CLOUDSDK_FUNCTIONS_REGION", "CLOUDSDK_RUN_REGION")
_ANY = "-"
"""What Google's APIs take as "wherever it is"."""


@dataclass(frozen=True)
class Endpoints:
    """Where Google's APIs are."""

    functions: str = "https://cloudfunctions.googleapis.com"
    logging: str = "https://logging.googleapis.com"
    pubsub: str = "https://pubsub.googleapis.com"
    scheduler: str = "https://cloudscheduler.googleapis.com"
    projects: str = "https://cloudresourcemanager.googleapis.com"


@dataclass(frozen=True)
class Deployed:
    """A Cloud Run function that is there: its path in the API, its URL, and the build that made it."""

    path: str
    uri: str
    build: str

    @property
    def region(self) -> str:
        """Where it is."""
        return self.path.split("/")[3]


class GoogleCloud:
    """A stage on Google Cloud."""

    def __init__(self, running: Running, endpoints: Endpoints, signing: Signing) -> None:
        self.running, self.endpoints, self.signing = running, endpoints, signing
        self.places = GcpPlaces(running.blueprint, running.stage)
        self.api = Caller("Google Cloud", signing.token, DEPLOYING.sign_in, INSTALL)
        self.plain = Caller("Google Cloud", None, DEPLOYING.sign_in, INSTALL)

    @cached_property
    def project(self) -> str:
        """The project: of the last deployment, of a variable, or of the credentials. Raises PortableError."""
        found = self._given("project", _PROJECTS) or self.signing.project
        if not found:
            raise PortableError(f"give the project in {_PROJECTS[0]}")
        return found

    @cached_property
    def region(self) -> str:
        """The region of the last deployment or of a variable; - where neither says it: it is then looked for everywhere."""
        return self._given("region", _REGIONS) or _ANY

    def _given(self, output: str, variables: tuple[str, ...]) -> str:
        named = (os.environ.get(name) for name in variables)
        return str(self.running.outputs.get(output) or next((value for value in named if value), ""))

    @cached_property
    def _functions(self) -> dict[str, Deployed]:
        """The Cloud Run functions in the place of the stage, by name; those of other apps are among them."""
        return {each["name"].rpartition("/")[2]: _deployed(each) for each in self._listed()}

    def deployed(self, unit: str) -> Deployed:
        """Return a Cloud Run function of the stage. Raises NotFound where it is not there."""
        if unit in self._functions:
            return self._functions[unit]
        raise NotFound(
            f"{self.project} has no Cloud Run function {unit}. {self.running.deploy_first}, or choose another project or region"
        )

    def _listed(self) -> Iterator[dict[str, Any]]:
        what = f"looking for the functions of {self.project}"
        base = f"{self.endpoints.functions}/v2/projects/{self.project}/locations/{self.region}/functions?pageSize=1000"
        page = ""
        while True:
            reply = self.api.json(what, "GET", f"{base}{page}") or {}
            yield from reply.get("functions", ())
            if not reply.get("nextPageToken"):
                return
            page = f"&pageToken={quote(reply['nextPageToken'], safe='')}"

    def function(self, unit: str) -> Deployed:
        """Return a Cloud Run function as it is now."""
        found = self.api.json(
            f"asking for the code of {unit}", "GET", f"{self.endpoints.functions}/v2/{self.deployed(unit).path}"
        )
        return _deployed(found)

    def service(self, function: str) -> Service:
        """Return the service that runs a function."""
        return self.places.service(self.places.functions[function])

    def bucket(self, name: str) -> str:
        """Return the name of a bucket, which ends with the number of the project."""
        known = (self.running.outputs.get("buckets") or {}).get(name)
        if known:
            return str(known)
        url = f"{self.endpoints.projects}/v3/projects/{self.project}"
        found = self.api.json(f"asking for the number of {self.project}", "GET", url)
        number = str(found["name"]).rpartition("/")[2]
        return str.replace(self.places.bucket(name), "${local.project_number}", number)


def _deployed(found: dict[str, Any]) -> Deployed:
    service, build = found.get("serviceConfig") or {}, found.get("buildConfig") or {}
    return Deployed(found["name"], str(service.get("uri") or found.get("url") or ""), str(build.get("build") or ""))
