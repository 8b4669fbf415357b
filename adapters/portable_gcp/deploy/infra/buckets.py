"""Cloud Storage buckets: private, with access by IAM alone; and the notifications for functions of their objects."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.deploying import DELETE_DATA
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import REGION, GcpPlaces, topic_label

KEPT_DAYS = 30
"""Days that an old version of an object, or a deleted one, is kept."""
AGENT = "here"
_PARTS_DAYS = 7


def bucket(document: Document, places: GcpPlaces, name: str) -> None:
    """Add a bucket, and the notifications of its functions.

    Where data is kept it has versions, but not if a function is told of deleted objects: with versions nothing is deleted,
    an object is archived. Such a bucket keeps what is deleted for a while.
    """
    listeners = places.triggered("object", name)
    keeps = places.stage.keeps_data
    deleted = any(function.trigger["event"] == "deleted" for function in listeners)
    private_bucket(document, name, places.bucket(name), versions=keeps and not deleted, undelete=keeps and deleted)
    for function in listeners:
        _notify(document, places, name, function)


def private_bucket(
    document: Document,
    label: str,
    name: Expression,
    *,
    versions: bool = False,
    undelete: bool = False,
    disposable: bool = False,
) -> str:
    """Add a bucket that nobody outside reaches, and return its address. A `disposable` one is destroyed whatever it holds, any
    other one only where the user has let data go.
    """
    rules: list[dict[str, Any]] = [
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": _PARTS_DAYS}}
    ]
    if versions:
        rules.append({"action": {"type": "Delete"}, "condition": {"days_since_noncurrent_time": KEPT_DAYS}})
    return document.resource(
        "google_storage_bucket",
        label,
        name=name,
        location=REGION,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        force_destroy=disposable or reference(f"var.{DELETE_DATA}"),
        versioning={"enabled": versions},
        soft_delete_policy={"retention_duration_seconds": KEPT_DAYS * 86_400 if undelete else 0},
        lifecycle_rule=rules,
        depends_on=after("storage"),
    )


def storage_agent(document: Document, places: GcpPlaces) -> None:
    """Look up what Cloud Storage itself is in this project, if a bucket tells functions of its objects."""
    if any(function.trigger["kind"] == "object" for function in places.blueprint.functions):
        document.data("google_storage_project_service_account", AGENT, depends_on=after("storage"))


def _notify(document: Document, places: GcpPlaces, name: str, function: DeployedFunction) -> None:
    """Let Cloud Storage publish to the topic of one function, and have it do so."""
    topic = f"google_pubsub_topic.{topic_label('events', function.name)}"
    may = document.resource(
        "google_pubsub_topic_iam_member",
        f"{function.name}_storage",
        topic=reference(f"{topic}.name"),
        role="roles/pubsub.publisher",
        member=Expression(f"serviceAccount:${{data.google_storage_project_service_account.{AGENT}.email_address}}"),
    )
    wanted = function.details["notification"]
    document.resource(
        "google_storage_notification",
        function.name,
        bucket=reference(f"google_storage_bucket.{name}.name"),
        topic=reference(f"{topic}.id"),
        payload_format=wanted["payload_format"],
        event_types=[wanted["event_type"]],
        object_name_prefix=wanted["object_name_prefix"] or None,
        depends_on=[may],
    )
