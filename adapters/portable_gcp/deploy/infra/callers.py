"""Who may call functions: Pub/Sub and Cloud Scheduler, each under an identity that may call nothing else."""

from __future__ import annotations

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.access import member
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import GcpPlaces, Service
from portable_gcp.deploy.infra.services import invoker

PUSH = "push_"
SCHEDULER = "scheduler_"
PUBSUB_AGENT = Expression("serviceAccount:service-${local.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com")
"""What Pub/Sub itself is in this project: it sends what failed to the dead letters, and signs what it pushes."""
_TOKENS = f"{PUSH}tokens"


def callers(document: Document, places: GcpPlaces) -> None:
    """Add the identities that an app's events arrive under, and let each call exactly its functions."""
    for label, api, who in ((PUSH, "pubsub", "Pub/Sub"), (SCHEDULER, "cloudscheduler", "Cloud Scheduler")):
        called = [service for service in places.services.values() if caller(service) == label]
        if not called:
            continue
        identity = document.resource(
            "google_service_account",
            label,
            account_id=places.own(label.rstrip("_"), 30),
            display_name=f"{who} calls functions of {places.stage.prefix()}"[:100],
            depends_on=after("iam", api),
        )
        if label == PUSH:
            document.resource(
                "google_service_account_iam_member",
                _TOKENS,
                service_account_id=reference(f"{identity}.name"),
                role="roles/iam.serviceAccountOpenIdTokenCreator",
                member=PUBSUB_AGENT,
            )
        for service in called:
            invoker(document, service, label.rstrip("_"), member(label))


def caller(service: Service) -> str | None:
    """Return the label of the identity that calls a service; None for HTTP, which everybody calls."""
    if service.is_http:
        return None
    return SCHEDULER if service.functions[0].trigger["kind"] == "schedule" else PUSH


def token(label: str, service: Service) -> dict[str, Expression]:
    """Return how a caller proves to a service who it is."""
    return {"service_account_email": reference(f"google_service_account.{label}.email"), "audience": service.uri}


def allowed(label: str, service: Service) -> list[str]:
    """Return what must be there before a caller calls a service for the first time."""
    tokens = [f"google_service_account_iam_member.{_TOKENS}"] if label == PUSH else []
    return [f"google_cloud_run_v2_service_iam_member.{service.label}_{label.rstrip('_')}", *tokens]
