"""Permissions: each identity may do exactly what its functions declared, on exactly those resources."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from unit.gcp.deploy.infra.configurations import (
    CLICKS,
    CREATED,
    HTTP,
    JOBS,
    NEWS,
    NIGHTLY,
    NOTES,
    PHOTOS,
    PREDEFINED,
    QUEUE,
    TOKEN,
    Configuration,
    Grant,
    function,
    identity,
    made,
)

import portable
from portable.base.client import Client
from portable_gcp.deploy.infra.access import ABILITIES

PAGE = Path(__file__).parents[5] / "docs" / "security.md"
RESOURCES_OF = (JOBS, NEWS, CLICKS, PHOTOS, NOTES, TOKEN)


def granted(*grants: Grant) -> Configuration:
    return made(function("work", QUEUE, *grants), resources=RESOURCES_OF)


def allowed(found: Configuration, label: str = "work") -> dict[tuple[str, str], set[str]]:
    """Return the permissions of an identity on each resource, roles opened."""
    opened: dict[tuple[str, str], set[str]] = {}
    roles = {
        f"${{google_project_iam_custom_role.{name}.id}}": set(role["permissions"])
        for name, role in found.every("project_iam_custom_role").items()
    }
    roles |= {"roles/pubsub.publisher": {"pubsub.topics.publish"}}
    roles |= {"roles/secretmanager.secretAccessor": {"secretmanager.versions.access"}}
    for kind, where, role in found.bindings(identity(label)):
        opened.setdefault((kind, where), set()).update(roles[role])
    return opened


BUCKET = ("storage_bucket", "${google_storage_bucket.photos.name}")
PROJECT = ("project", "${local.project}")
READ_ROWS = {"datastore.entities.get", "datastore.entities.list"}
WRITE_ROWS = {f"datastore.entities.{verb}" for verb in ("get", "create", "update", "delete")}


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (Grant("photos", "bucket", ("get", "list")), {BUCKET: {"storage.objects.get", "storage.objects.list"}}),
        (
            Grant("photos", "bucket", ("delete", "put")),
            {
                BUCKET: {
                    "storage.objects.create",
                    "storage.objects.delete",
                    "storage.objects.get",
                    "storage.multipartUploads.create",
                    "storage.multipartUploads.abort",
                }
            },
        ),
        (
            Grant("photos", "bucket", ("sign",)),
            {
                BUCKET: {"storage.objects.get", "storage.objects.create", "storage.objects.delete"},
                ("service_account", "${google_service_account.work.name}"): {"iam.serviceAccounts.signBlob"},
            },
        ),
        (Grant("notes", "table", ("get", "query")), {PROJECT: READ_ROWS}),
        (Grant("notes", "table", ("delete", "put", "update")), {PROJECT: WRITE_ROWS}),
        (Grant("notes", "table", ("get",)), {PROJECT: {"datastore.entities.get"}}),
        (
            Grant("jobs", "queue", ("send",)),
            {("pubsub_topic", "${google_pubsub_topic.jobs.name}"): {"pubsub.topics.publish"}},
        ),
        (
            Grant("jobs-poison", "queue", ("count", "peek", "redrive")),
            {
                ("pubsub_subscription", "${google_pubsub_subscription.jobs-poison.name}"): {
                    "pubsub.subscriptions.consume"
                },
                ("pubsub_topic", "${google_pubsub_topic.jobs.name}"): {"pubsub.topics.publish"},
            },
        ),
        (
            Grant("news", "topic", ("publish",)),
            {("pubsub_topic", "${google_pubsub_topic.news_topic.name}"): {"pubsub.topics.publish"}},
        ),
        (
            Grant("clicks", "stream", ("send",)),
            {("pubsub_topic", "${google_pubsub_topic.clicks_stream.name}"): {"pubsub.topics.publish"}},
        ),
        (
            Grant("token", "secret", ("read",)),
            {("secret_manager_secret", "${google_secret_manager_secret.token.id}"): {"secretmanager.versions.access"}},
        ),
        (Grant("greeting", "setting", ("read",)), {}),
    ],
)
def test_a_grant_is_exactly_these_permissions_on_this_resource(grant: Grant, expected: dict[Any, set[str]]) -> None:
    assert allowed(granted(grant)) == expected


def test_a_function_that_asks_for_nothing_may_do_nothing() -> None:
    found = granted()
    assert allowed(found) == {}
    assert found.every("project_iam_custom_role") == {}


def test_what_one_function_asks_for_no_other_one_gets() -> None:
    found = made(
        function("work", QUEUE, Grant("photos", "bucket", ("get",))),
        function("index", CREATED),
        function("tick", NIGHTLY, Grant("notes", "table", ("put",))),
        resources=RESOURCES_OF,
    )
    assert set(allowed(found)) == {BUCKET}
    assert allowed(found, "index") == {}
    assert set(allowed(found, "tick")) == {PROJECT}


def test_http_functions_share_what_they_ask_for() -> None:
    found = made(
        function("home", HTTP, Grant("photos", "bucket", ("get",))),
        function("pay", HTTP | {"path": "/pay"}, Grant("photos", "bucket", ("list",))),
        resources=RESOURCES_OF,
    )
    assert allowed(found, "http_") == {BUCKET: {"storage.objects.get", "storage.objects.list"}}


def test_whoever_calls_may_do_nothing_but_call() -> None:
    found = made(function("work", QUEUE), function("tick", NIGHTLY), resources=RESOURCES_OF)
    for label, called in (("push_", "work"), ("scheduler_", "tick")):
        service = f"${{google_cloudfunctions2_function.{called}.name}}"
        assert found.bindings(identity(label)) == {("cloud_run_v2_service", service, "roles/run.invoker")}


def test_nothing_holds_for_the_whole_project_without_a_condition() -> None:
    found = granted(Grant("notes", "table", ("get", "put", "query")))
    bindings = found.every("project_iam_member").values()
    assert bindings
    database = "${google_firestore_database.tables.name}"
    for binding in bindings:
        expected = f'resource.name == "projects/${{local.project}}/databases/{database}"'
        assert binding["condition"]["expression"] == expected


def test_predefined_roles_are_only_those_that_allow_nothing_more() -> None:
    everything = [Grant(one.name, one.kind, _actions(one.kind)) for one in RESOURCES_OF]
    found = made(
        function("work", QUEUE, *everything),
        function("home", HTTP, *everything),
        function("index", CREATED),
        function("tick", NIGHTLY),
        resources=RESOURCES_OF,
    )
    roles = {role for _, _, role in found.bindings()}
    assert {role for role in roles if not role.startswith("${google_project_iam_custom_role.")} == PREDEFINED
    assert not any(
        "*" in name for role in found.every("project_iam_custom_role").values() for name in role["permissions"]
    )


def _actions(kind: str) -> tuple[str, ...]:
    return tuple(sorted(action for what, action in ABILITIES if what == kind))


_ALL = [getattr(portable, name) for name in portable.__all__]
"""Every public name is imported, so that every client is known."""


def _clients(kind: str, found: type[Client] = Client) -> set[type[Client]]:
    below = {client for one in found.__subclasses__() for client in _clients(kind, one)}
    return below | ({found} if getattr(found, "kind", "") == kind and hasattr(found, "actions") else set())


@pytest.mark.parametrize("kind", ["bucket", "table", "queue", "topic", "stream"])
def test_every_action_of_every_client_has_its_permissions(kind: str) -> None:
    asked = {action for client in _clients(kind) for action in client.actions}
    assert asked - {"count", "redrive"} == set(_actions(kind))


def test_the_page_says_what_the_map_says() -> None:
    rows = dict(re.findall(r"(?m)^\| `(\w+ \w+)` \| ([^|]+?) \|", PAGE.read_text(encoding="utf-8")))
    written = {name: set(re.findall(r"`([^`]+)`", text)) for name, text in rows.items()}
    assert written == {f"{kind} {action}": set(one.permissions) for (kind, action), one in ABILITIES.items()}
