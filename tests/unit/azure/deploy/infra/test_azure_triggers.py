"""What fires a function on Azure: how its events come, and who delivers them."""

from __future__ import annotations

from typing import Any

import pytest
from unit.azure.azure_infra import OBJECT, STREAM, TICK, configuration, queue, topic
from unit.azure.azure_models import http, made

APP = "${azurerm_function_app_flex_consumption.App.id}"
DATA = "${azurerm_storage_account.data_.id}"
TRIES = {"max_delivery_attempts": 30, "event_time_to_live": 1440}


def test_http_functions_have_one_base_url_and_an_alert_for_5xx() -> None:
    found = configuration(http("web", "/x"), http("more", "/y"))
    assert found.main["locals"]["url"] == "https://${azurerm_function_app_flex_consumption.App.default_hostname}"
    assert found.outputs["url"] == {"value": "${local.url}"}
    assert found.one("monitor_metric_alert", "http_5xx")["scopes"] == [APP]


def test_an_app_without_http_has_no_base_url() -> None:
    found = configuration(made("nightly", TICK))
    assert "url" not in found.outputs
    assert found.resources("monitor_metric_alert") == {}


def test_a_schedule_needs_nothing_but_its_app() -> None:
    found = configuration(made("nightly", TICK))
    assert set(found.resources("storage_account")) == {"App"}
    assert not any("eventgrid" in kind or "queue" in kind for kind in found.main["resource"])
    assert "AzureWebJobsStorage__queueServiceUri" not in found.settings()


def test_a_queue_has_a_poison_queue_where_the_host_parks_what_it_gave_up() -> None:
    found = configuration(queue("work", "jobs"), queue("bury", "jobs-poison"))
    assert {each["name"] for each in found.resources("storage_queue").values()} == {
        "jobs",
        "jobs-poison",
        "jobs-poison-poison",
    }
    assert {each["storage_account_id"] for each in found.resources("storage_queue").values()} == {DATA}
    assert found.settings()["PORTABLE_FEED_WORK"] == "${azurerm_storage_queue.jobs.name}"


def test_a_queue_that_nothing_takes_from_has_no_poison_queue() -> None:
    found = configuration(http("web", "/x"), resources=(declared_queue("jobs"),))
    assert set(found.resources("storage_queue")) == {"jobs"}


def declared_queue(name: str) -> Any:
    from unit.azure.azure_infra import declared

    return declared("queue", name)


def test_each_function_of_a_topic_has_a_queue_that_the_topic_fills_as_itself() -> None:
    found = configuration(topic("one"), topic("two"))
    made_topic = found.one("eventgrid_topic", "news")
    assert (made_topic["input_schema"], made_topic["local_auth_enabled"]) == ("CloudEventSchemaV1_0", False)
    for name in ("one", "two"):
        subscription = found.one("eventgrid_event_subscription", name)
        assert subscription["scope"] == "${azurerm_eventgrid_topic.news.id}"
        assert subscription["event_delivery_schema"] == "CloudEventSchemaV1_0"
        assert subscription["storage_queue_endpoint"] == {
            "storage_account_id": DATA,
            "queue_name": f"${{azurerm_storage_queue.{name}.name}}",
            "queue_message_time_to_live_in_seconds": 14 * 24 * 3600,
        }
        assert subscription["delivery_identity"] == {"type": "SystemAssigned"}
        assert subscription["depends_on"] == [f"azurerm_role_assignment.{name}_filled"]
        assert subscription["retry_policy"] == TRIES


@pytest.mark.parametrize(
    ("wanted", "filters"),
    [
        ({"level": "high", "kind": "fire"}, [("level", "high"), ("kind", "fire")]),
        ({"Level": "high"}, []),
        ({"a-b": "x", "plain": "${y}"}, [("plain", "$${y}")]),
        ({"source": "x"}, []),
        ({"long": "x" * 513}, []),
        ({}, []),
    ],
)
def test_event_grid_compares_the_attributes_that_it_can_see(wanted: Any, filters: Any) -> None:
    subscription = configuration(topic("one", wanted)).one("eventgrid_event_subscription", "one")
    expected = {"string_in": [{"key": name, "values": [value]} for name, value in filters]} if filters else None
    assert subscription.get("advanced_filter") == expected


def test_event_grid_calls_the_function_of_a_bucket_as_soon_as_its_code_is_published() -> None:
    found = configuration(made("photo", OBJECT, attempts=5))
    subscription = found.one("eventgrid_system_topic_event_subscription", "photo")
    assert subscription["azure_function_endpoint"] == {
        "function_id": f"{APP}/functions/photo",
        "max_events_per_batch": 1,
    }
    assert subscription["count"] == "${var.published ? 1 : 0}"
    assert found.variables["published"]["default"] is True
    assert subscription["depends_on"] == ["azurerm_resource_group_template_deployment.App"]
    assert subscription["retry_policy"] == {**TRIES, "max_delivery_attempts": 5}
    assert found.one("eventgrid_system_topic", "objects_")["source_resource_id"] == DATA
    assert found.resources("storage_queue") == {}


def test_events_of_a_bucket_wait_in_a_queue_where_dead_letters_are_asked_for() -> None:
    found = configuration(made("photo", OBJECT | {"event": "deleted"}, dead_letter=True))
    subscription = found.one("eventgrid_system_topic_event_subscription", "photo")
    assert subscription["storage_queue_endpoint"]["queue_name"] == "${azurerm_storage_queue.photo.name}"
    assert subscription["included_event_types"] == ["Microsoft.Storage.BlobDeleted"]
    assert "count" not in subscription, "a queue can be filled before the code is there"


@pytest.mark.parametrize(
    ("prefix", "suffix", "start", "end"),
    [
        ("", "", "", None),
        ("in/", ".jpg", "in/", ".jpg"),
        ("in/ü x/", " é.jpg", "in/", ".jpg"),
        ("ü", "ü", "", None),
        ("a b", "100%", "a", None),
        ("${x}/", "-%{y}", "", None),
    ],
)
def test_only_what_is_the_same_in_every_spelling_is_compared_by_event_grid(
    prefix: str, suffix: str, start: str, end: Any
) -> None:
    found = configuration(made("photo", OBJECT | {"bucket": "b2", "prefix": prefix, "suffix": suffix}))
    container = found.one("storage_container", "b2")["name"]
    wanted = {
        "subject_begins_with": f"/blobServices/default/containers/{container}/blobs/{start}",
        "case_sensitive": True,
    }
    subscription = found.one("eventgrid_system_topic_event_subscription", "photo")
    assert subscription["subject_filter"] == wanted | ({"subject_ends_with": end} if end else {})


def test_each_function_of_a_stream_has_a_consumer_group() -> None:
    found = configuration(made("follow", STREAM), made("tally", STREAM))
    assert {each["name"] for each in found.resources("eventhub_consumer_group").values()} == {"follow", "tally"}
    namespace = found.one("eventhub_namespace", "streams_")
    assert (namespace["sku"], namespace["local_authentication_enabled"]) == ("Standard", False)
    settings = found.settings()
    assert settings["PORTABLE_FEED_FOLLOW"] == "${azurerm_eventhub.clicks.name}"
    assert settings["PORTABLE_GROUP_FOLLOW"] == "${azurerm_eventhub_consumer_group.follow.name}"
    assert settings["PORTABLE_HUB_FOLLOW__credential"] == "managedidentity"
