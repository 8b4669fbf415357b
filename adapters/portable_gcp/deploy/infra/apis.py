"""The APIs of Google Cloud that an app needs, switched on. They stay on when the app goes: others may use them."""

from __future__ import annotations

from portable.tooling.infra.terraform import Document
from portable.tooling.target import TRACES
from portable_gcp.deploy.infra.places import GcpPlaces

_ALWAYS = ("artifactregistry", "cloudbuild", "cloudfunctions", "iam", "logging", "monitoring", "run", "storage")
_OF_KINDS = {
    "queue": "pubsub",
    "topic": "pubsub",
    "stream": "pubsub",
    "object": "pubsub",
    "schedule": "cloudscheduler",
    "table": "firestore",
    "secret": "secretmanager",
}
_SIGNING = "iamcredentials"
_TRACES = "cloudtrace"
_BALANCING = "compute"


def apis(document: Document, places: GcpPlaces) -> None:
    """Switch on each API that the app's functions and resources need."""
    kinds = {resource.kind for resource in places.blueprint.resources}
    kinds |= {function.trigger["kind"] for function in places.blueprint.functions}
    kinds |= {grant.kind for function in places.blueprint.functions for grant in function.grants}
    needed = {*_ALWAYS, *(_OF_KINDS[kind] for kind in kinds if kind in _OF_KINDS)}
    if any("sign" in grant.actions for function in places.blueprint.functions for grant in function.grants):
        needed.add(_SIGNING)
    if any(function.details.get(TRACES) for function in places.blueprint.functions):
        needed.add(_TRACES)
    if places.site is not None:
        needed.add(_BALANCING)
    for name in sorted(needed):
        document.resource("google_project_service", name, service=f"{name}.googleapis.com", disable_on_destroy=False)


def after(*names: str) -> list[str]:
    """Return what a resource depends on that needs some APIs."""
    return [f"google_project_service.{name}" for name in names]
