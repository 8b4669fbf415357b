"""Grants of a function -> exact permissions on exact resources. `docs/security.md` shows the map.

Permissions: IAM "permissions reference" of each service. Each one is there because a driver's call needs it. A predefined
role is used where it allows nothing more on that resource; else the app has a role of its own for the ability.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import redriven
from portable.tooling.infra.stage import shortened
from portable.tooling.infra.terraform import Document, Expression, reference
from portable.tooling.target import TRACES
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import PROJECT, TABLES, GcpPlaces, Service, topic_label


@dataclass(frozen=True)
class Ability:
    """What a portable action needs: permissions, and the predefined role that has just these, if there is one."""

    permissions: tuple[str, ...]
    role: str | None = None


PUBLISH = Ability(("pubsub.topics.publish",), "roles/pubsub.publisher")
_READ, _LIST = "storage.objects.get", "storage.objects.list"
_REPLACE = ("storage.objects.create", "storage.objects.delete")
_PARTS = ("storage.multipartUploads.abort", "storage.multipartUploads.create")
_ROW = "datastore.entities"
ABILITIES = {
    ("bucket", "get"): Ability((_READ,)),
    ("bucket", "list"): Ability((_LIST,)),
    ("bucket", "put"): Ability((*_PARTS, *_REPLACE, _READ)),
    ("bucket", "delete"): Ability(("storage.objects.delete",)),
    ("bucket", "sign"): Ability((*_REPLACE, _READ)),
    ("table", "get"): Ability((f"{_ROW}.get",)),
    ("table", "query"): Ability((f"{_ROW}.get", f"{_ROW}.list")),
    ("table", "put"): Ability((f"{_ROW}.create", f"{_ROW}.get", f"{_ROW}.update")),
    ("table", "update"): Ability((f"{_ROW}.create", f"{_ROW}.delete", f"{_ROW}.get", f"{_ROW}.update")),
    ("table", "delete"): Ability((f"{_ROW}.delete", f"{_ROW}.get")),
    ("queue", "send"): PUBLISH,
    ("queue", "peek"): Ability(("pubsub.subscriptions.consume",)),
    ("topic", "publish"): PUBLISH,
    ("stream", "send"): PUBLISH,
    ("secret", "read"): Ability(("secretmanager.versions.access",), "roles/secretmanager.secretAccessor"),
    ("identity", "sign"): Ability(("iam.serviceAccounts.signBlob",)),
}
"""What each action of a client needs. A conditional write reads first; an object that is replaced is also deleted.

`sign` on an identity is signing as itself. Counting a queue is refused by the driver, and a redrive is `peek` and `send`.
"""
_UNGUARDED = {("queue", "count"), ("queue", "redrive")}

Right = tuple[str, str, str]
"""The kind and name of a resource, and the action that an identity may do on it."""


def rights(function: DeployedFunction) -> Iterator[Right]:
    """Yield all that a function's clients need."""
    for grant in function.grants:
        if grant.kind == "setting":
            continue  # it is in the environment
        for action in grant.actions:
            if (grant.kind, action) not in _UNGUARDED:
                yield grant.kind, grant.resource, action
            if (grant.kind, action) == ("bucket", "sign"):
                yield "identity", "self", "sign"
        for source, dead in redriven(grant):
            yield "queue", dead, "peek"
            yield "queue", source, "send"


def access(document: Document, places: GcpPlaces) -> None:
    """Add the app's own roles, and bind each identity to exactly what its functions may do."""
    held = {
        service.label: sorted({right for function in service.functions for right in rights(function)})
        for service in places.services.values()
    }
    used = {(kind, action) for found in held.values() for kind, _, action in found}
    for kind, action in sorted(used):
        if ABILITIES[kind, action].role is None:
            _role(document, places, kind, action)
    for label, found in held.items():
        service = places.services[label]
        databases = set()
        for kind, name, action in found:
            if kind == "table":
                databases.add(action)
            else:
                _bind(document, service, kind, name, action)
        for action in sorted(databases):
            _on_database(document, places, service, action)
        if any(function.details.get(TRACES) for function in service.functions):
            _traces(document, service)


def _traces(document: Document, service: Service) -> None:
    """Let an identity write spans. The role has this permission alone, and traces belong to the whole project."""
    document.resource(
        "google_project_iam_member",
        f"{service.label}_traces",
        project=PROJECT,
        role="roles/cloudtrace.agent",
        member=member(service.label),
        depends_on=after("cloudtrace"),
    )


def role_of(kind: str, action: str) -> Expression | str:
    """Return the role of an ability."""
    return ABILITIES[kind, action].role or reference(f"google_project_iam_custom_role.{kind}_{action}.id")


def member(label: str) -> Expression:
    """Return an identity as the member of a policy."""
    return reference(f"google_service_account.{label}.member")


def _role(document: Document, places: GcpPlaces, kind: str, action: str) -> None:
    name = f"{places.stage.prefix()}-{kind}-{action}"
    document.resource(
        "google_project_iam_custom_role",
        f"{kind}_{action}",
        role_id=shortened(name, 64).replace("-", "."),
        title=shortened(name, 100),
        permissions=list(ABILITIES[kind, action].permissions),
        depends_on=after("iam"),
    )


def _bind(document: Document, service: Service, kind: str, name: str, action: str) -> None:
    """Give an identity an ability on one resource, in that resource's own policy."""
    resource, argument, on = {
        "bucket": ("google_storage_bucket_iam_member", "bucket", f"google_storage_bucket.{name}.name"),
        "secret": ("google_secret_manager_secret_iam_member", "secret_id", f"google_secret_manager_secret.{name}.id"),
        "identity": (
            "google_service_account_iam_member",
            "service_account_id",
            f"google_service_account.{service.label}.name",
        ),
    }.get(kind) or _on_pubsub(kind, name, action)
    document.resource(
        resource,
        f"{service.label}_{kind}_{name}_{action}",
        **{argument: reference(on)},
        role=role_of(kind, action),
        member=member(service.label),
    )


def _on_pubsub(kind: str, name: str, action: str) -> tuple[str, str, str]:
    if action == "peek":
        return "google_pubsub_subscription_iam_member", "subscription", f"google_pubsub_subscription.{name}.name"
    return "google_pubsub_topic_iam_member", "topic", f"google_pubsub_topic.{topic_label(kind, name)}.name"


def _on_database(document: Document, places: GcpPlaces, service: Service, action: str) -> None:
    """Give an identity an ability on the app's database, which has no policy of its own: by a condition of the project's."""
    database = f"${{google_firestore_database.{TABLES}.name}}"
    document.resource(
        "google_project_iam_member",
        f"{service.label}_table_{action}",
        project=PROJECT,
        role=role_of("table", action),
        member=member(service.label),
        condition={
            "title": f"only {places.database()}",
            "expression": Expression(f'resource.name == "projects/{PROJECT}/databases/{database}"'),
        },
    )
