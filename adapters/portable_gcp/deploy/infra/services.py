"""Cloud Run functions: each with its identity, its variables and its alert; the code they share."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.facts import FACTS
from portable_gcp.deploy.infra.alerts import service_alert
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.buckets import private_bucket
from portable_gcp.deploy.infra.places import PROJECT, REGION, GcpPlaces, Service

CODE = "code_"
"""The label of the bucket of the code: no bucket of an app has a name with _."""
MEMORY = FACTS.limits["memory"].choices
"""The sizes in MiB that have a share of a CPU. Others are rounded up."""
_CODE_LENGTH = 49


def code(document: Document, places: GcpPlaces) -> None:
    """Add the bucket of the code and the zip in it, which is uploaded once for all functions."""
    name = places.global_name(places.own("code", _CODE_LENGTH))
    bucket = private_bucket(document, CODE, name, versions=True, disposable=True)
    document.resource(
        "google_storage_bucket_object",
        CODE,
        bucket=reference(f"{bucket}.name"),
        name=f"{places.blueprint.sha256}.zip",
        source=Expression("${path.module}/../bundle.zip"),
    )


def service(document: Document, places: GcpPlaces, found: Service) -> None:
    """Add a Cloud Run function with its identity."""
    blueprint = places.blueprint
    source = found.functions[0].details["source"]
    identity = document.resource(
        "google_service_account",
        found.label,
        account_id=places.identity(found),
        display_name=f"{places.stage.prefix()}: {_title(found)}"[:100],
        depends_on=after("iam"),
    )
    document.resource(
        "google_cloudfunctions2_function",
        found.label,
        name=found.name,
        location=REGION,
        description=f"{blueprint.app}: {_title(found)}"[:256],
        build_config={
            "runtime": f"python{blueprint.python.replace('.', '')}",
            "entry_point": found.functions[0].entry,
            "source": {
                "storage_source": {
                    "bucket": reference(f"google_storage_bucket_object.{CODE}.bucket"),
                    "object": reference(f"google_storage_bucket_object.{CODE}.name"),
                }
            },
            "service_account": reference("var.build_service_account"),
            **({} if source == "main.py" else {"environment_variables": {"GOOGLE_FUNCTION_SOURCE": source}}),
        },
        service_config=_config(places, found, reference(f"{identity}.email")),
        depends_on=after("artifactregistry", "cloudbuild", "cloudfunctions", "run"),
    )
    if found.is_http:  # who calls is checked by the function itself, see `auth=`
        invoker(document, found, "public", "allUsers")
    service_alert(document, places, found)


def invoker(document: Document, found: Service, who: str, member: Expression | str) -> str:
    """Let somebody call one service, and return the address of the permission."""
    return document.resource(
        "google_cloud_run_v2_service_iam_member",
        f"{found.label}_{who}",
        name=reference(f"{found.address}.name"),
        location=REGION,
        role="roles/run.invoker",
        member=member,
    )


def variables(places: GcpPlaces, found: Service) -> dict[str, Any]:
    """Return the environment of a service."""
    own = {"GOOGLE_CLOUD_PROJECT": PROJECT, "CLOUD_RUN_TIMEOUT_SECONDS": str(_timeout(found))}
    return own | places.variables(found.functions)


def _config(places: GcpPlaces, found: Service, identity: Expression) -> dict[str, Any]:
    memory = max(function.memory for function in found.functions)
    most = found.functions[0].concurrency if len(found.functions) == 1 else None
    return {
        "available_memory": f"{next(size for size in MEMORY if size >= memory)}Mi",
        "timeout_seconds": _timeout(found),
        "max_instance_request_concurrency": 1,
        "max_instance_count": most if most is not None else reference("var.max_instances"),
        "ingress_settings": "ALLOW_ALL" if found.is_http else "ALLOW_INTERNAL_ONLY",
        "all_traffic_on_latest_revision": True,
        "service_account_email": identity,
        "environment_variables": variables(places, found),
    }


def _timeout(found: Service) -> int:
    return max(function.timeout for function in found.functions)


def _title(found: Service) -> str:
    names = [function.name for function in found.functions]
    return names[0] if len(names) == 1 else "the HTTP functions"
