"""Whatever an app declares: permissions are those of data, each on one thing, and nothing of one stage is named in another."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.gcp.deploy.infra.configurations import PREDEFINED, Configuration
from unit.tooling.infra.any_apps import apps

from portable.tooling.app.model import AppModel
from portable_gcp.deploy.infra.callers import PUBSUB_AGENT

KNOWN = {
    *(f"datastore.entities.{verb}" for verb in ("create", "delete", "get", "list", "update")),
    *(f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list")),
    *(f"storage.multipartUploads.{verb}" for verb in ("abort", "create")),
    "iam.serviceAccounts.signBlob",
    "pubsub.subscriptions.consume",
    "pubsub.topics.publish",
    "secretmanager.versions.access",
}
"""Permissions on data that Google Cloud has (IAM permissions reference)."""
AGENTS = (
    PUBSUB_AGENT,
    "serviceAccount:${data.google_storage_project_service_account.here.email_address}",
)
"""What Google itself is in this project: Pub/Sub and Cloud Storage."""
ARGUMENTS = {"role", "member", "condition", "location", "depends_on"}


def made(model: AppModel, stage: str, apart: bool = False) -> Configuration:
    """Return the configuration of an app, where every HTTP function may have a service of its own."""
    table: dict[str, object] = {"isolate": "all"} if apart else {}
    return Configuration(model.functions, model.resources, stage, model.name, model.modules, table)


def bindings(found: Configuration) -> list[tuple[str, dict[str, Any]]]:
    """Return each permission that is given, with the kind of thing that it is on."""
    return [
        (kind.removeprefix("google_").removesuffix("_iam_member"), one)
        for kind, held in found.main["resource"].items()
        if "_iam_" in kind and kind.endswith("_member")
        for one in held.values()
    ]


@examples(25)
@given(apps(), st.booleans())
def test_a_permission_is_a_small_one_on_one_thing_of_the_stage(model: AppModel, apart: bool) -> None:
    """One search for two rules: to draw an app and to write its configuration is most of the work."""
    found = made(model, "prod", apart)
    a_role_is_one_of_data_or_a_small_one_of_googles(found)
    a_permission_is_on_one_thing_of_the_stage_for_one_identity_of_it(found)


def a_role_is_one_of_data_or_a_small_one_of_googles(found: Configuration) -> None:
    own = found.every("project_iam_custom_role")
    for role in own.values():
        assert set(role["permissions"]) <= KNOWN
    held = {one["role"] for _, one in bindings(found)}
    assert {role for role in held if role.startswith("roles/")} <= PREDEFINED
    assert {role for role in held if not role.startswith("roles/")} == {
        f"${{google_project_iam_custom_role.{name}.id}}" for name in own
    }
    assert [kind for kind in found.main["resource"] if kind.endswith(("_iam_policy", "_iam_binding"))] == []


def a_permission_is_on_one_thing_of_the_stage_for_one_identity_of_it(found: Configuration) -> None:
    for kind, one in bindings(found):
        [on] = (value for name, value in one.items() if name not in ARGUMENTS)
        if kind == "project":
            database = "${google_firestore_database.tables.name}"
            assert (
                one["condition"]["expression"] == f'resource.name == "projects/${{local.project}}/databases/{database}"'
            )
        else:
            assert re.fullmatch(r"\$\{google_\w+\.[\w-]+\.(name|id)\}", on), on
        if one["member"] == "allUsers":
            label = on.split(".")[1]
            config = found.one("cloudfunctions2_function", label)["service_config"]
            assert (one["role"], config["ingress_settings"]) == ("roles/run.invoker", "ALLOW_ALL")
        else:
            own = re.fullmatch(r"\$\{google_service_account\.([\w-]+)\.member\}", one["member"])
            assert one["member"] in AGENTS or (own and own[1] in found.every("service_account"))


@examples(25)
@given(apps())
def test_a_function_takes_calls_of_the_one_that_brings_its_events(model: AppModel) -> None:
    found = made(model, "prod")
    called: dict[str, set[str]] = {}
    for kind, one in bindings(found):
        if kind == "cloud_run_v2_service":
            called.setdefault(one["name"].split(".")[1], set()).add(one["member"])
    for function in model.functions:
        kind = function.trigger["kind"]
        who = {"http": "allUsers", "schedule": "${google_service_account.scheduler_.member}"}
        label = "http_" if kind == "http" else function.name
        assert called[label] == {who.get(kind, "${google_service_account.push_.member}")}
    for one in found.every("pubsub_subscription").values():
        if "push_config" in one:
            assert one["push_config"]["oidc_token"]["audience"] == one["push_config"]["push_endpoint"]


@examples(25)
@given(apps())
def test_a_stage_names_nothing_of_another_one(model: AppModel) -> None:
    dev, other = made(model, "dev"), made(model, "dev-eu")
    assert names(dev).isdisjoint(names(other))
    for found in (dev, other):
        looked_up = {"google_project", "google_client_config", "google_storage_project_service_account"}
        assert set(found.main["data"]) <= looked_up
    own = json.dumps(other.main["resource"])
    assert not [name for _, name in names(dev) if f'"{name}"' in own]


def names(found: Configuration) -> set[tuple[str, str]]:
    """Return what everything is called in the project, by type; files and fields are inside of something else."""
    called = ("name", "account_id", "role_id", "secret_id", "bucket_id", "display_name")
    inside = ("google_storage_bucket_object", "google_firestore_field", "google_project_service")
    return {
        (kind, next(one[argument] for argument in called if argument in one))
        for kind, held in found.main["resource"].items()
        if kind not in inside and "_iam_" not in kind and kind != "google_storage_notification"
        for one in held.values()
    }
