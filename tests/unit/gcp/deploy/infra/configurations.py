"""Apps of a few lines and what Terraform would read of them."""

from __future__ import annotations

import json
from typing import Any

from portable.tooling.app.model import AppModel, Code, FunctionModel, Grant, ResourceModel
from portable.tooling.infra.blueprint import described, read_blueprint
from portable.tooling.infra.stage import Stage
from portable.tooling.target import Options
from portable_gcp.deploy.target import target

__all__ = ["Code", "Grant", "ResourceModel"]
HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}
TOPIC: dict[str, Any] = {"kind": "topic", "topic": "news", "filter": []}
STREAM = {"kind": "stream", "stream": "clicks", "batch": 1, "window": 0, "start": "latest"}
CREATED = {"kind": "object", "bucket": "photos", "event": "created", "prefix": "in/", "suffix": ".jpg"}
DELETED = CREATED | {"event": "deleted", "prefix": ""}
NIGHTLY = {"kind": "schedule", "expression": "0 3 * * MON-FRI", "timezone": "Europe/Berlin", "days": 1}
JOBS = ResourceModel("queue", "jobs", {})
NEWS = ResourceModel("topic", "news", {})
CLICKS = ResourceModel("stream", "clicks", {})
PHOTOS = ResourceModel("bucket", "photos", {})
NOTES = ResourceModel("table", "notes", {"name": "notes", "key": "id", "sort": None, "ttl": None, "indexes": []})
TOKEN = ResourceModel("secret", "token", {})
GREETING = ResourceModel("setting", "greeting", {"default": "hi"})
PREDEFINED = {
    "roles/pubsub.publisher",
    "roles/pubsub.subscriber",
    "roles/run.invoker",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/secretmanager.secretAccessor",
}
"""The roles of Google's own that the app uses: each allows nothing more on what it is given on."""


def function(name: str, trigger: dict[str, Any], *grants: Grant, **more: Any) -> FunctionModel:
    return FunctionModel(name, "app", name.replace("-", "_"), "app.py:1", False, trigger, (), grants, **more)


class Configuration:
    """The parsed files of an app in a stage."""

    def __init__(
        self,
        functions: tuple[FunctionModel, ...],
        resources: tuple[ResourceModel, ...] = (),
        stage: str = "prod",
        app: str = "shop",
        modules: tuple[str, ...] = ("app",),
        table: dict[str, object] | None = None,
        domain: str = "",
    ) -> None:
        plan = target.plan(
            AppModel(app, functions, resources, modules, domain=domain), Options("3.12", "x86_64", table or {})
        )
        blueprint = read_blueprint({**described(plan), "sha256": "ab" * 32, "size": 1000})
        infrastructure = target.infra(blueprint, Stage(app, stage))
        assert infrastructure is not None
        files = infrastructure.files()
        self.main, self.variables, self.outputs = (json.loads(text) for text in files.values())

    def every(self, kind: str) -> dict[str, Any]:
        """Return the resources of a kind by label; the provider's name goes without `google_`."""
        found: dict[str, Any] = self.main["resource"].get(f"google_{kind}", {})
        return found

    def one(self, kind: str, label: str) -> Any:
        """Return one resource."""
        return self.every(kind)[label]

    def bindings(self, member: str = "") -> set[tuple[str, str, str]]:
        """Return (kind, resource, role) of each permission of a member, of all members without one."""
        places = ("bucket", "topic", "subscription", "secret_id", "service_account_id", "name", "project")
        found = set()
        for kind, held in self.main["resource"].items():
            if not kind.endswith("_iam_member"):
                continue
            for binding in held.values():
                where = next(binding[place] for place in places if place in binding)
                if member in ("", binding["member"]):
                    found.add((kind.removeprefix("google_").removesuffix("_iam_member"), where, binding["role"]))
        return found


def made(*functions: FunctionModel, resources: tuple[ResourceModel, ...] = (), **more: Any) -> Configuration:
    return Configuration(functions, resources, **more)


def identity(label: str) -> str:
    return f"${{google_service_account.{label}.member}}"
