"""Events: the topics, subscriptions, notifications and jobs of each trigger, and where what fails ends."""

from __future__ import annotations

from typing import Any

import pytest
from unit.gcp.deploy.infra.configurations import (
    CLICKS,
    CREATED,
    DELETED,
    HTTP,
    JOBS,
    NEWS,
    NIGHTLY,
    PHOTOS,
    QUEUE,
    STREAM,
    TOPIC,
    Code,
    Configuration,
    Grant,
    ResourceModel,
    function,
    made,
)

from portable_gcp.deploy.facts import FACTS
from portable_gcp.deploy.infra.subscriptions import BACKOFF, LONGEST_BACKOFF

AGENT = "serviceAccount:service-${local.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
DEAD = Grant("jobs-poison", "queue", ("send",))


def uri(label: str) -> str:
    return f"${{google_cloudfunctions2_function.{label}.service_config[0].uri}}"


def work(**more: Any) -> Configuration:
    return made(function("work", QUEUE, **more), resources=(JOBS,))


def test_a_queue_pushes_to_its_function_under_an_identity_that_may_call_it() -> None:
    found = work()
    subscription = found.one("pubsub_subscription", "jobs")
    assert found.one("pubsub_topic", "jobs")["name"] == subscription["name"] == "shop-prod-jobs"
    assert subscription["topic"] == "${google_pubsub_topic.jobs.id}"
    assert subscription["push_config"] == {
        "push_endpoint": uri("work"),
        "oidc_token": {"service_account_email": "${google_service_account.push_.email}", "audience": uri("work")},
    }
    assert subscription["expiration_policy"] == {"ttl": ""}
    assert subscription["depends_on"] == [
        "google_cloud_run_v2_service_iam_member.work_push",
        "google_service_account_iam_member.push_tokens",
    ]
    assert found.one("service_account_iam_member", "push_tokens") == {
        "service_account_id": "${google_service_account.push_.name}",
        "role": "roles/iam.serviceAccountOpenIdTokenCreator",
        "member": AGENT,
    }


@pytest.mark.parametrize(("timeout", "seconds"), [(1, 31), (30, 60), (580, 600), (600, 600)])
def test_pubsub_waits_longer_than_the_function_may_take(timeout: int, seconds: int) -> None:
    assert work(timeout=timeout).one("pubsub_subscription", "jobs")["ack_deadline_seconds"] == seconds


@pytest.mark.parametrize(
    ("backoff", "first", "last"),
    [
        (None, "10s", "600s"),
        (0, "0s", "0s"),
        (0.5, "0.5s", "0.5s"),
        (1e-5, "0.00001s", "0.00001s"),
        (600, "600s", "600s"),
    ],
)
def test_a_backoff_is_the_wait_between_deliveries(backoff: float | None, first: str, last: str) -> None:
    policy = work(backoff=backoff).one("pubsub_subscription", "jobs")["retry_policy"]
    assert policy == {"minimum_backoff": first, "maximum_backoff": last}


def test_what_a_move_is_told_of_the_wait_is_what_is_made() -> None:
    said = {FACTS.meaning[kind]["wait between attempts"] for kind in ("queue", "topic", "stream")}
    assert said == {f"backoff=; without it {BACKOFF} s at first, growing up to {LONGEST_BACKOFF} s"}


@pytest.mark.parametrize(("attempts", "deliveries"), [(1, 5), (3, 5), (4, 6), (98, 100), (100, 100)])
def test_pubsub_gives_up_after_our_runtime_has(attempts: int, deliveries: int) -> None:
    policy = work(attempts=attempts).one("pubsub_subscription", "jobs")["dead_letter_policy"]
    assert policy["max_delivery_attempts"] == deliveries


def test_dead_letters_are_kept_in_a_subscription_of_their_name() -> None:
    found = made(function("work", QUEUE, DEAD, dead_letter=True), resources=(JOBS,))
    policy = found.one("pubsub_subscription", "jobs")["dead_letter_policy"]
    assert policy["dead_letter_topic"] == "${google_pubsub_topic.jobs-poison.id}"
    kept = found.one("pubsub_subscription", "jobs-poison")
    assert kept["name"] == found.one("pubsub_topic", "jobs-poison")["name"] == "shop-prod-jobs-poison"
    assert kept["message_retention_duration"] == "2678400s"
    assert "push_config" not in kept
    assert "jobs-poison_letters" in found.every("monitoring_alert_policy")
    assert "lost_" not in found.every("pubsub_topic")


def test_without_dead_letters_pubsub_still_counts_and_what_it_gives_up_is_seen() -> None:
    found = made(function("work", QUEUE), function("index", CREATED), resources=(JOBS, PHOTOS))
    for label in ("jobs", "index_push"):
        policy = found.one("pubsub_subscription", label)["dead_letter_policy"]
        assert policy["dead_letter_topic"] == "${google_pubsub_topic.lost_.id}"
    assert found.one("pubsub_subscription", "lost_")["topic"] == "${google_pubsub_topic.lost_.id}"
    assert "lost_letters" in found.every("monitoring_alert_policy")


def test_pubsub_itself_may_take_what_failed_and_publish_it_and_no_more() -> None:
    found = made(
        function("work", QUEUE, DEAD, dead_letter=True),
        function("index", CREATED),
        function("sort", DELETED),
        resources=(JOBS, PHOTOS),
    )
    assert found.bindings(AGENT) == {
        ("service_account", "${google_service_account.push_.name}", "roles/iam.serviceAccountOpenIdTokenCreator"),
        ("pubsub_subscription", "${google_pubsub_subscription.jobs.name}", "roles/pubsub.subscriber"),
        ("pubsub_subscription", "${google_pubsub_subscription.index_push.name}", "roles/pubsub.subscriber"),
        ("pubsub_subscription", "${google_pubsub_subscription.sort_push.name}", "roles/pubsub.subscriber"),
        ("pubsub_topic", "${google_pubsub_topic.jobs-poison.name}", "roles/pubsub.publisher"),
        ("pubsub_topic", "${google_pubsub_topic.lost_.name}", "roles/pubsub.publisher"),
    }


def test_messages_stay_in_the_region() -> None:
    found = made(function("work", QUEUE), function("index", CREATED), resources=(JOBS, NEWS, CLICKS, PHOTOS))
    topics = found.every("pubsub_topic")
    assert set(topics) == {"jobs", "news_topic", "clicks_stream", "index_events", "lost_"}
    for topic in topics.values():
        assert topic["message_storage_policy"] == {"allowed_persistence_regions": ["${local.region}"]}


def test_no_permission_is_written_twice() -> None:
    """Two resources with one permission: when the first goes, so does the second's."""
    grants = (Grant("jobs-poison", "queue", ("count", "peek", "redrive", "send")), Grant("jobs", "queue", ("send",)))
    found = made(
        function("home", HTTP, *grants),
        function("away", HTTP | {"path": "/b"}, *grants),
        function("work", QUEUE, DEAD, dead_letter=True),
        function("index", CREATED),
        function("sort", CREATED),
        resources=(JOBS, PHOTOS),
    )
    for kind in (kind for kind in found.main["resource"] if kind.endswith("_iam_member")):
        held = [str(sorted(one.items())) for one in found.main["resource"][kind].values()]
        assert len(set(held)) == len(held)


def test_a_delivery_that_waits_for_another_one_counts_so_an_idempotent_function_has_more() -> None:

    idempotent = Code(".__portable__.idempotent", home=("app", "work"))
    policy = work(idempotent=idempotent).one("pubsub_subscription", "jobs")["dead_letter_policy"]
    assert policy["max_delivery_attempts"] == 100


def test_a_queue_that_no_function_reads_keeps_its_messages() -> None:
    found = made(function("home", HTTP, Grant("jobs", "queue", ("send",))), resources=(JOBS,))
    kept = found.one("pubsub_subscription", "jobs")
    assert "push_config" not in kept
    assert kept["message_retention_duration"] == "604800s"
    assert "push_" not in found.every("service_account")


def test_the_function_of_dead_letters_gets_them_pushed() -> None:
    trigger = QUEUE | {"queue": "jobs-poison"}
    found = made(function("work", QUEUE, DEAD, dead_letter=True), function("bury", trigger), resources=(JOBS,))
    assert found.one("pubsub_subscription", "jobs-poison")["push_config"]["push_endpoint"] == uri("bury")


def test_order_is_kept_where_it_was_asked_for() -> None:
    ordered = ResourceModel("queue", "jobs", {"ordered": True})
    functions = (function("work", QUEUE), function("follow", STREAM), function("listen", TOPIC))
    found = made(*functions, resources=(ordered, CLICKS, NEWS)).every("pubsub_subscription")
    asked = {label for label, one in found.items() if one.get("enable_message_ordering")}
    assert asked == {"jobs", "follow_push"}


def test_a_topic_has_a_subscription_for_each_function_with_its_filter() -> None:
    listen, inform = function("listen", TOPIC), function("inform", TOPIC | {"filter": [["kind", "paid"]]})
    found = made(listen, inform, resources=(NEWS,))
    assert found.one("pubsub_topic", "news_topic")["name"] == "shop-prod-news_topic"
    subscriptions = found.every("pubsub_subscription")
    assert {subscriptions[label]["topic"] for label in ("listen_push", "inform_push")} == {
        "${google_pubsub_topic.news_topic.id}"
    }
    assert subscriptions["inform_push"]["filter"] == 'attributes.kind = "paid"'
    assert "filter" not in subscriptions["listen_push"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ([["a-b", "c"], ["d", "e"]], 'attributes.a-b = "c" AND attributes.d = "e"'),
        ([['say "x"', "back\\slash\n"]], 'attributes."say \\"x\\"" = "back\\\\slash\\n"'),
        ([["ключ", "${code}"]], 'attributes."ключ" = "$${code}"'),
        ([["kind", "x" * 300]], None),
        ([["kind", "ü" * 130]], None),
    ],
)
def test_a_filter_is_text_and_one_that_is_too_long_is_left_to_the_runtime(wanted: Any, text: str | None) -> None:
    found = made(function("listen", TOPIC | {"filter": wanted}), resources=(NEWS,))
    assert found.one("pubsub_subscription", "listen_push").get("filter") == text


def test_one_name_may_be_a_queue_a_topic_a_stream_and_a_function() -> None:
    same = [ResourceModel(kind, "news", {}) for kind in ("queue", "topic", "stream")]
    triggers = (QUEUE | {"queue": "news"}, TOPIC, STREAM | {"stream": "news"})
    functions = [function(name, trigger) for name, trigger in zip(("news", "two", "three"), triggers, strict=True)]
    found = made(*functions, function("four", CREATED), resources=(*same, PHOTOS))
    for kind in ("pubsub_topic", "pubsub_subscription"):
        names = [one["name"] for one in found.every(kind).values()]
        assert len(set(names)) == len(names)


def test_a_bucket_tells_each_function_through_a_topic_of_its_own() -> None:
    found = made(function("index", CREATED), function("sort", CREATED | {"prefix": ""}), resources=(PHOTOS,))
    assert found.one("storage_notification", "index") == {
        "bucket": "${google_storage_bucket.photos.name}",
        "topic": "${google_pubsub_topic.index_events.id}",
        "payload_format": "JSON_API_V1",
        "event_types": ["OBJECT_FINALIZE"],
        "object_name_prefix": "in/",
        "depends_on": ["google_pubsub_topic_iam_member.index_storage"],
    }
    assert "object_name_prefix" not in found.one("storage_notification", "sort")
    may = found.one("pubsub_topic_iam_member", "index_storage")
    assert may["role"] == "roles/pubsub.publisher"
    assert "google_storage_project_service_account.here" in may["member"]
    assert found.one("pubsub_subscription", "index_push")["push_config"]["push_endpoint"] == uri("index")


def test_buckets_are_private_and_keep_versions_where_data_is_kept() -> None:
    prod, dev = (made(function("index", CREATED), resources=(PHOTOS,), stage=stage) for stage in ("prod", "dev"))
    for bucket in prod.every("storage_bucket").values():
        assert bucket["uniform_bucket_level_access"]
        assert bucket["public_access_prevention"] == "enforced"
    assert prod.one("storage_bucket", "photos")["versioning"] == {"enabled": True}
    assert dev.one("storage_bucket", "photos")["versioning"] == {"enabled": False}
    assert prod.one("storage_bucket", "photos")["force_destroy"] == "${var.delete_data}"


def test_a_bucket_whose_deletions_are_told_keeps_what_is_deleted_without_versions() -> None:
    """With versions Cloud Storage archives an object, and then it was never deleted."""
    bucket = made(function("gone", DELETED), resources=(PHOTOS,)).one("storage_bucket", "photos")
    assert bucket["versioning"] == {"enabled": False}
    assert bucket["soft_delete_policy"] == {"retention_duration_seconds": 30 * 86_400}


def test_a_schedule_is_a_job_under_an_identity_of_its_own_kind() -> None:
    found = made(function("nightly", NIGHTLY, attempts=3, backoff=2.5))
    assert found.one("cloud_scheduler_job", "nightly") == {
        "name": "shop-prod-nightly",
        "region": "${local.region}",
        "schedule": "0 3 * * MON-FRI",
        "time_zone": "Europe/Berlin",
        "attempt_deadline": "60s",
        "retry_config": {"retry_count": 2, "min_backoff_duration": "2.5s", "max_backoff_duration": "2.5s"},
        "http_target": {
            "uri": uri("nightly"),
            "http_method": "POST",
            "oidc_token": {
                "service_account_email": "${google_service_account.scheduler_.email}",
                "audience": uri("nightly"),
            },
        },
        "depends_on": [
            "google_project_service.cloudscheduler",
            "google_cloud_run_v2_service_iam_member.nightly_scheduler",
        ],
    }
    assert "push_" not in found.every("service_account")
    assert 'job_id="shop-prod-nightly"' in str(found.one("monitoring_alert_policy", "nightly_schedule"))


@pytest.mark.parametrize(("attempts", "retries"), [(1, 0), (6, 5), (40, 5)])
def test_cloud_scheduler_tries_at_most_six_times(attempts: int, retries: int) -> None:
    job = made(function("nightly", NIGHTLY, attempts=attempts)).one("cloud_scheduler_job", "nightly")
    assert job["retry_config"]["retry_count"] == retries
