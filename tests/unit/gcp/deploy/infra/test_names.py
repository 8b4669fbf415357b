"""Names: within the limits of each service, never shared by two things or two stages, and never code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.gcp.deploy.infra.configurations import (
    CREATED,
    GREETING,
    HTTP,
    NEWS,
    NIGHTLY,
    NOTES,
    PHOTOS,
    QUEUE,
    TOKEN,
    TOPIC,
    Configuration,
    Grant,
    ResourceModel,
    function,
    made,
)

DECLARED = st.from_regex(r"[a-z][a-z0-9-]{1,39}", fullmatch=True) | st.sampled_from(
    ["work-", "a--", "push", "http", "own-http", "scheduler", "code", "lost", "logs-1"]
)
APPS = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True) | st.sampled_from(["a", "a-"])
STAGES = st.from_regex(r"[a-z]([a-z0-9-]{0,14}[a-z0-9])?", fullmatch=True)
NUMBER = "1234567890123"
FORMS = {
    "cloudfunctions2_function": ("name", r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?"),
    "service_account": ("account_id", r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
    "pubsub_topic": ("name", r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}"),
    "pubsub_subscription": ("name", r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}"),
    "storage_bucket": ("name", r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "firestore_database": ("name", r"[a-z][a-z0-9-]{2,61}[a-z0-9]"),
    "secret_manager_secret": ("secret_id", r"[A-Za-z0-9_-]{1,255}"),
    "project_iam_custom_role": ("role_id", r"[A-Za-z0-9_.]{3,64}"),
    "cloud_scheduler_job": ("name", r"[A-Za-z0-9_-]{1,500}"),
    "logging_project_bucket_config": ("bucket_id", r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"),
    "logging_project_sink": ("name", r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"),
}
"""The name's argument of each kind of resource, and what its service accepts."""
TEXTS = {"service_account": "display_name", "project_iam_custom_role": "title"}


def app_of(name: str, app: str = "shop", stage: str = "prod") -> Configuration:
    """Return an app in which everything has one name."""
    resources = [ResourceModel(one.kind, name, one.options) for one in (NEWS, PHOTOS, NOTES, TOKEN)]
    queue = ResourceModel("queue", name, {})
    grants = (Grant(name, "table", ("get",)), Grant(f"{name}-poison", "queue", ("send",)))
    return made(
        function(name, QUEUE | {"queue": name}, *grants, dead_letter=True),
        function("home", HTTP),
        function("listen", TOPIC | {"topic": name}),
        function("arrived", CREATED | {"bucket": name}),
        function("nightly", NIGHTLY),
        resources=(queue, *resources),
        app=app,
        stage=stage,
    )


def names(found: Configuration) -> dict[str, list[str]]:
    return {
        kind: [one[argument].replace("${local.project_number}", NUMBER) for one in found.every(kind).values()]
        for kind, (argument, _) in FORMS.items()
    }


@examples(25)
@given(DECLARED, APPS, STAGES)
def test_each_name_is_one_that_its_service_accepts(name: str, app: str, stage: str) -> None:
    found = app_of(name, app, stage)
    for kind, called in names(found).items():
        assert called, kind
        for one in called:
            assert re.fullmatch(FORMS[kind][1], one), (kind, one)
        assert len(set(called)) == len(called)
    for kind, argument in TEXTS.items():
        assert all(len(one[argument]) <= 100 for one in found.every(kind).values())
    for key, value in found.main["locals"]["labels"].items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key)
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", value)


@examples(25)
@given(DECLARED, DECLARED, STAGES, STAGES)
def test_two_stages_never_share_a_name(one: str, other: str, stage: str, another: str) -> None:
    if stage == another:
        return
    first, second = names(app_of(one, stage=stage)), names(app_of(other, stage=another))
    for kind, called in first.items():
        assert set(called).isdisjoint(second[kind])


@pytest.mark.parametrize(("stage", "another", "name", "other"), [("dev", "dev-eu", "eu-jobs", "jobs")])
def test_a_stage_that_begins_like_another_one_is_apart(stage: str, another: str, name: str, other: str) -> None:
    first, second = names(app_of(name, stage=stage)), names(app_of(other, stage=another))
    assert all(set(called).isdisjoint(second[kind]) for kind, called in first.items())


def test_everything_carries_the_app_the_stage_and_the_version() -> None:
    found = app_of("jobs")
    labels = {"app": "shop", "stage": "prod", "version": "0"}
    assert found.main["locals"]["labels"] == labels
    assert found.main["provider"]["google"]["default_labels"] == "${local.labels}"
    assert all(one["user_labels"] == "${local.labels}" for one in found.every("monitoring_alert_policy").values())


HOSTILE = '${file("/etc/passwd")} %{ for x in y } "quoted" \\ \n ü'


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.items() for one in item for text in strings(one)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_what_a_user_declared_is_never_code() -> None:
    found = made(
        function("index", CREATED | {"prefix": HOSTILE}, environment=(("NOTE", HOSTILE),)),
        function("listen", TOPIC | {"filter": [["a", "${b}%{c}"]]}),
        function("nightly", NIGHTLY | {"expression": "${x}", "timezone": "%{y}"}),
        resources=(PHOTOS, NEWS, ResourceModel("setting", "greeting", {"default": HOSTILE})),
    )
    escaped = HOSTILE.replace("${", "$${").replace("%{", "%%{")
    assert found.one("storage_notification", "index")["object_name_prefix"] == escaped
    config = found.one("cloudfunctions2_function", "index")["service_config"]
    assert config["environment_variables"]["NOTE"] == escaped
    for text in strings(found.main):
        assert re.search(r"(?<!%)%\{", text) is None
        for code in re.findall(r"(?<!\$)\$\{(.*?)\}", text):
            assert re.match(r"(local|var|data|path|google_\w+|concat\(|coalesce\()", code), text


def test_the_default_of_a_setting_is_text_that_terraform_never_evaluates() -> None:
    found = made(function("home", HTTP), resources=(GREETING, ResourceModel("setting", "name", {"default": "${x}"})))
    assert found.variables["variable"]["setting_name"]["default"] == "${x}"
    assert found.variables["variable"]["setting_greeting"]["default"] == "hi"


def test_a_setting_without_a_default_must_be_given() -> None:
    found = made(function("home", HTTP), resources=(ResourceModel("setting", "name", {"default": None}),))
    assert "default" not in found.variables["variable"]["setting_name"]
