"""Cloud Run functions: which there are, as what they run, what they are told, and who may call them."""

from __future__ import annotations

import pytest
from unit.gcp.deploy.infra.configurations import (
    CREATED,
    GREETING,
    HTTP,
    JOBS,
    NIGHTLY,
    NOTES,
    PHOTOS,
    QUEUE,
    TOKEN,
    TOPIC,
    Grant,
    function,
    made,
)

HOME = function("home", HTTP, memory=512, timeout=20)
PAY = function("pay", HTTP | {"path": "/pay"}, memory=256, timeout=90)
WORK = function("work-hard", QUEUE, timeout=45)
PUBLIC = {"role": "roles/run.invoker", "location": "${local.region}", "member": "allUsers"}


def test_http_functions_are_one_service_and_event_functions_one_each() -> None:
    found = made(HOME, PAY, WORK, resources=(JOBS,))
    services = found.every("cloudfunctions2_function")
    assert {label: (one["name"], one["build_config"]["entry_point"]) for label, one in services.items()} == {
        "http_": ("shop-prod", "http"),
        "work-hard": ("shop-prod-work-hard", "work_hard"),
    }
    assert services["http_"]["service_config"]["timeout_seconds"] == 90
    assert services["http_"]["service_config"]["available_memory"] == "512Mi"
    assert services["work-hard"]["build_config"]["runtime"] == "python312"


def test_the_code_is_uploaded_once_under_its_hash() -> None:
    found = made(HOME, WORK, resources=(JOBS,))
    assert found.one("storage_bucket_object", "code_") == {
        "bucket": "${google_storage_bucket.code_.name}",
        "name": f"{'ab' * 32}.zip",
        "source": "${path.module}/../bundle.zip",
    }
    sources = [one["build_config"]["source"] for one in found.every("cloudfunctions2_function").values()]
    assert sources[0] == sources[1]


def test_an_app_with_a_module_main_is_built_from_the_other_file() -> None:
    plain, moved = made(HOME), made(HOME, modules=("main",))
    assert "environment_variables" not in plain.one("cloudfunctions2_function", "http_")["build_config"]
    built = moved.one("cloudfunctions2_function", "http_")["build_config"]
    assert built["environment_variables"] == {"GOOGLE_FUNCTION_SOURCE": "portable_main.py"}


def test_an_isolated_function_has_a_service_an_identity_and_a_url_of_its_own() -> None:
    grant = Grant("notes", "table", ("get",))
    found = made(HOME, function("pay", HTTP | {"path": "/pay"}, grant), resources=(NOTES,), table={"isolate": ["pay"]})
    assert found.one("cloudfunctions2_function", "pay")["name"] == "shop-prod-pay"
    assert found.one("service_account", "pay")["account_id"] == "shop-prod-pay"
    assert list(found.every("project_iam_member")) == ["pay_table_get"]
    assert found.main["locals"]["urls"] == {"pay": "${google_cloudfunctions2_function.pay.service_config[0].uri}"}
    assert found.main["locals"]["url"] == "${google_cloudfunctions2_function.http_.service_config[0].uri}"
    assert set(found.outputs["output"]) == {"functions", "project", "region", "tables", "url", "urls"}


def test_without_a_shared_service_there_is_no_base_url() -> None:
    found = made(HOME, PAY, table={"isolate": "all"})
    assert "url" not in found.outputs["output"]
    assert set(found.main["locals"]["urls"]) == {"home", "pay"}


def test_a_function_called_http_is_not_the_shared_service() -> None:
    found = made(HOME, function("http", QUEUE), function("own-http", TOPIC), resources=(JOBS,))
    for kind, key in (("cloudfunctions2_function", "name"), ("service_account", "account_id")):
        names = [one[key] for one in found.every(kind).values()]
        assert len(set(names)) == len(names)


def test_everybody_may_call_http_and_nobody_else_is_open_to_all() -> None:
    found = made(HOME, WORK, function("tick", NIGHTLY), resources=(JOBS,))
    calls = found.every("cloud_run_v2_service_iam_member")
    assert {label for label, one in calls.items() if one["member"] == "allUsers"} == {"http__public"}
    assert calls["http__public"] == PUBLIC | {"name": "${google_cloudfunctions2_function.http_.name}"}
    assert calls["work-hard_push"]["member"] == "${google_service_account.push_.member}"
    assert calls["tick_scheduler"]["member"] == "${google_service_account.scheduler_.member}"
    assert len(calls) == 3
    ingress = {
        label: one["service_config"]["ingress_settings"]
        for label, one in found.every("cloudfunctions2_function").items()
    }
    assert ingress == {"http_": "ALLOW_ALL", "work-hard": "ALLOW_INTERNAL_ONLY", "tick": "ALLOW_INTERNAL_ONLY"}


def test_the_environment_is_what_the_runtime_reads() -> None:
    grants = (
        Grant("photos", "bucket", ("get",)),
        Grant("notes", "table", ("get",)),
        Grant("jobs-poison", "queue", ("count", "peek", "redrive")),
        Grant("token", "secret", ("read",)),
        Grant("greeting", "setting", ("read",)),
    )
    reader = function("read", HTTP, *grants, environment=(("NOTE", "${not.code}"),))
    found = made(reader, resources=(PHOTOS, NOTES, JOBS, TOKEN, GREETING))
    assert found.one("cloudfunctions2_function", "http_")["service_config"]["environment_variables"] == {
        "CLOUD_RUN_TIMEOUT_SECONDS": "30",
        "GOOGLE_CLOUD_PROJECT": "${local.project}",
        "PORTABLE_TARGET": "gcp",
        "PORTABLE_BUCKET_PHOTOS": "${google_storage_bucket.photos.name}",
        "PORTABLE_TABLE_NOTES": "${google_firestore_database.tables.name}/notes",
        "PORTABLE_QUEUE_JOBS": "${google_pubsub_topic.jobs.id}",
        "PORTABLE_QUEUE_JOBS_POISON": "${google_pubsub_topic.jobs-poison.id}",
        "PORTABLE_DEAD_JOBS": "${google_pubsub_topic.jobs-poison.id}",
        "PORTABLE_SECRET_TOKEN": "${google_secret_manager_secret.token.id}",
        "PORTABLE_SETTING_GREETING": "${var.setting_greeting}",
        "NOTE": "$${not.code}",
    }


def test_a_function_is_told_of_nothing_that_it_does_not_use() -> None:
    found = made(function("work", QUEUE), resources=(PHOTOS, NOTES, JOBS, TOKEN))
    given = found.one("cloudfunctions2_function", "work")["service_config"]["environment_variables"]
    assert [name for name in given if name.startswith("PORTABLE_")] == ["PORTABLE_TARGET"]


@pytest.mark.parametrize(("memory", "size"), [(128, "128Mi"), (300, "512Mi"), (3000, "4096Mi"), (10_240, "16384Mi")])
def test_memory_is_rounded_up_to_a_size_with_a_share_of_a_cpu(memory: int, size: str) -> None:
    found = made(function("work", QUEUE, memory=memory), resources=(JOBS,))
    assert found.one("cloudfunctions2_function", "work")["service_config"]["available_memory"] == size


def test_concurrency_is_the_most_instances_and_each_takes_one_call() -> None:
    found = made(function("work", QUEUE, concurrency=3), function("other", CREATED), resources=(JOBS, PHOTOS))
    work, other = (found.one("cloudfunctions2_function", name)["service_config"] for name in ("work", "other"))
    assert (work["max_instance_count"], work["max_instance_request_concurrency"]) == (3, 1)
    assert other["max_instance_count"] == "${var.max_instances}"


def test_only_the_apis_that_are_needed_are_switched_on() -> None:
    plain = set(made(HOME).every("project_service"))
    assert plain.isdisjoint({"pubsub", "firestore", "secretmanager", "cloudscheduler", "iamcredentials"})
    everything = made(
        function("home", HTTP, Grant("photos", "bucket", ("sign",))),
        WORK,
        function("tick", NIGHTLY),
        resources=(JOBS, NOTES, TOKEN, PHOTOS),
    )
    added = set(everything.every("project_service")) - plain
    assert added == {"pubsub", "firestore", "secretmanager", "cloudscheduler", "iamcredentials"}
    assert not any(one["disable_on_destroy"] for one in everything.every("project_service").values())


def test_each_service_has_an_alert_and_its_logs_are_kept() -> None:
    found = made(HOME, WORK, resources=(JOBS,))
    conditions = found.one("monitoring_alert_policy", "work-hard_errors")["conditions"]
    assert [one["display_name"] for one in conditions] == ["5xx", "no instance"]
    assert all('"shop-prod-work-hard"' in one["condition_threshold"]["filter"] for one in conditions)
    http = found.one("monitoring_alert_policy", "http__errors")
    assert [one["display_name"] for one in http["conditions"]] == ["5xx"], "a handler may say 429 itself"
    assert http["notification_channels"] == "${local.alarm_channels}"
    assert found.one("logging_project_bucket_config", "logs_")["retention_days"] == "${var.log_retention_days}"
    assert '("shop-prod" OR "shop-prod-work-hard")' in found.one("logging_project_sink", "logs_1")["filter"]


def test_the_filter_of_logs_stays_below_its_limit_in_a_large_app() -> None:
    many = [function(f"a-function-with-a-very-long-name-{number}", CREATED) for number in range(450)]
    sinks = made(*many, resources=(PHOTOS,)).every("logging_project_sink")
    assert len(sinks) == 3
    assert max(len(sink["filter"]) for sink in sinks.values()) < 20_000
