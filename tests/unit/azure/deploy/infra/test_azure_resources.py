"""What is made on Azure for a resource: without keys, without public access, and so that nothing is lost by accident."""

from __future__ import annotations

import re
from pathlib import Path
from time import time
from typing import Any

import pytest
from unit.azure.azure_infra import EVERYTHING_KINDS, Configuration, configuration, declared, holding, queue, topic
from unit.azure.azure_models import http

from portable.compute.consume import Consumer, consume
from portable.compute.context import Context
from portable.eventing.message import Message
from portable_azure.deploy.infra.monitoring import GIVEN_UP

PAGE = Path(__file__).parents[5] / "docs" / "deploy.md"


@pytest.fixture(scope="module", params=["dev", "prod"])
def everything(request: pytest.FixtureRequest) -> Configuration:
    return configuration(*EVERYTHING_KINDS, stage=request.param)


def test_no_storage_account_has_keys_public_blobs_or_old_tls(everything: Configuration) -> None:
    for account in everything.resources("storage_account").values():
        assert account["shared_access_key_enabled"] is False
        assert account["allow_nested_items_to_be_public"] is False
        assert account["local_user_enabled"] is False
        assert account["cross_tenant_replication_enabled"] is False
        assert (account["https_traffic_only_enabled"], account["min_tls_version"]) == (True, "TLS1_2")
    for container in everything.resources("storage_container").values():
        assert container["container_access_type"] == "private"


def test_nothing_can_be_reached_with_a_key(everything: Configuration) -> None:
    assert everything.one("cosmosdb_account", "tables_")["local_authentication_enabled"] is False
    assert everything.one("cosmosdb_account", "tables_")["access_key_metadata_writes_enabled"] is False
    assert everything.one("eventhub_namespace", "streams_")["local_authentication_enabled"] is False
    assert everything.one("eventgrid_topic", "news")["local_auth_enabled"] is False
    assert everything.one("key_vault", "secrets_")["rbac_authorization_enabled"] is True
    for kind in ("log_analytics_workspace", "application_insights"):
        assert everything.one(kind, "monitoring_")["local_authentication_enabled"] is False
    app = everything.one("function_app_flex_consumption", "App")
    assert app["webdeploy_publish_basic_authentication_enabled"] is False
    assert app["https_only"] is True
    assert app["storage_authentication_type"] == "UserAssignedIdentity"
    keys = re.findall(r"azurerm_[\w.-]*(?:key|connection_string)\b", everything.text)
    assert set(keys) == {"azurerm_application_insights.monitoring_.connection_string"}, (
        "which says where, and needs an identity"
    )


def test_every_resource_that_can_have_tags_has_them(everything: Configuration) -> None:
    without = {
        kind
        for kind, found in everything.main["resource"].items()
        for resource in found.values()
        if "tags" not in resource
    }
    assert {kind.removeprefix("azurerm_") for kind in without} == {
        "role_assignment",
        "role_definition",
        "storage_container",
        "storage_queue",
        "cosmosdb_sql_database",
        "cosmosdb_sql_container",
        "cosmosdb_sql_role_definition",
        "cosmosdb_sql_role_assignment",
        "eventhub",
        "eventhub_consumer_group",
        "eventgrid_event_subscription",
        "eventgrid_system_topic_event_subscription",
        "monitor_diagnostic_setting",
    }
    assert everything.main["locals"]["tags"] == {
        "app": "shop",
        "stage": everything.main["locals"]["tags"]["stage"],
        "version": "0",
    }


def test_a_new_version_does_not_restart_a_function_app(everything: Configuration) -> None:
    app = everything.one("function_app_flex_consumption", "App")
    assert app["tags"] == '${{for name, value in local.tags : name => value if name != "version"}}'
    assert "c0de" not in str(app)


def test_where_data_is_kept_it_can_be_restored() -> None:
    dev, prod = (configuration(*EVERYTHING_KINDS, stage=stage) for stage in ("dev", "prod"))
    assert prod.one("cosmosdb_account", "tables_")["backup"] == {"type": "Continuous", "tier": "Continuous7Days"}
    assert "backup" not in dev.one("cosmosdb_account", "tables_")
    assert [found.one("key_vault", "secrets_")["purge_protection_enabled"] for found in (dev, prod)] == [False, True]
    assert [found.variables["replication"]["default"] for found in (dev, prod)] == ["LRS", "ZRS"]
    for found in (dev, prod):
        kept = {"days": 30}
        assert found.one("storage_account", "data_")["blob_properties"] == {
            "delete_retention_policy": kept,
            "container_delete_retention_policy": kept,
        }


def test_the_vault_of_a_stage_that_keeps_nothing_is_gone_when_it_is_destroyed() -> None:
    for stage, gone in (("dev", True), ("prod", False)):
        features = configuration(http("web", "/x"), stage=stage).main["provider"]["azurerm"]["features"]
        assert features["key_vault"]["purge_soft_delete_on_destroy"] is gone


def test_the_value_of_a_secret_is_never_in_the_state() -> None:
    found = configuration(holding(("secret", "token", ("read",))))
    secret = found.one("key_vault_secret", "token")
    assert (secret["value_wo"], secret["value_wo_version"], "value" in secret) == ("unset", 1, False)
    assert found.main["terraform"]["required_version"] == ">= 1.11", "older ones have no arguments that are not kept"
    audit = found.one("monitor_diagnostic_setting", "secrets_")
    assert (audit["target_resource_id"], audit["enabled_log"]) == (
        "${azurerm_key_vault.secrets_.id}",
        [{"category_group": "audit"}],
    )


@pytest.mark.parametrize(("ttl", "lives"), [(None, None), ("ends", -1)])
def test_a_table_is_the_container_that_its_driver_expects(ttl: Any, lives: Any) -> None:
    found = configuration(holding(("table", "rows", ("get",))), resources=(declared("table", "rows", ttl=ttl),))
    container = found.one("cosmosdb_sql_container", "rows")
    assert (container["partition_key_paths"], container["partition_key_version"]) == (["/pk"], 2)
    assert container.get("default_ttl") == lives
    assert container["indexing_policy"] == {
        "indexing_mode": "consistent",
        "included_path": [{"path": "/pk/?"}, {"path": "/at/?"}, {"path": "/x/*"}],
        "excluded_path": [{"path": "/*"}],
    }
    account = found.one("cosmosdb_account", "tables_")
    assert account["capabilities"] == [{"name": "EnableServerless"}]
    assert account["consistency_policy"] == {"consistency_level": "Strong"}


def test_what_an_app_does_not_declare_is_not_made() -> None:
    found = configuration(http("web", "/x"))
    assert set(found.main["resource"]) == {
        f"azurerm_{kind}"
        for kind in (
            "resource_group",
            "log_analytics_workspace",
            "application_insights",
            "monitor_action_group",
            "monitor_scheduled_query_rules_alert_v2",
            "monitor_metric_alert",
            "role_definition",
            "role_assignment",
            "user_assigned_identity",
            "storage_account",
            "storage_container",
            "service_plan",
            "function_app_flex_consumption",
            "resource_group_template_deployment",
        )
    }
    services = found.main["provider"]["azurerm"]["resource_providers_to_register"]
    assert not {"Microsoft.DocumentDB", "Microsoft.EventGrid", "Microsoft.EventHub", "Microsoft.KeyVault"} & set(
        services
    )


def test_alarms_go_to_one_group_and_by_mail_where_an_address_is_given() -> None:
    found = configuration(*EVERYTHING_KINDS)
    group = "${azurerm_monitor_action_group.monitoring_.id}"
    for alert in found.resources("monitor_metric_alert").values():
        assert alert["action"] == [{"action_group_id": group}]
    for alert in found.resources("monitor_scheduled_query_rules_alert_v2").values():
        assert alert["action"] == {"action_groups": [group]}
    mail = found.one("monitor_action_group", "monitoring_")["dynamic"]["email_receiver"]
    assert mail["for_each"] == '${var.alarm_email == "" ? [] : [var.alarm_email]}'
    assert set(found.resources("monitor_metric_alert")) == {
        "http_5xx",
        "news_lost",
        "objects__lost",
        "streams_throttled",
        "tables_throttled",
    }


def test_what_our_runtime_gives_up_is_what_the_alert_looks_for(caplog: pytest.LogCaptureFixture) -> None:
    def fail(message: Any, context: Any) -> None:
        raise ValueError

    consume(Consumer("work", fail, 1), Message("7", b"", 1), Context("1", "work", time() + 30))
    assert GIVEN_UP in caplog.text
    query = configuration(queue("work")).one("monitor_scheduled_query_rules_alert_v2", "given_up")["criteria"][0][
        "query"
    ]
    assert f'has "{GIVEN_UP}"' in query


def test_every_queue_that_the_app_needs_is_an_output() -> None:
    found = configuration(queue("work", "jobs", dead_letter=True), topic("listen"))
    assert set(found.main["locals"]["queues"]) == {"jobs", "jobs-poison", "listen", "listen-poison"}
    assert found.outputs["queues"] == {"value": "${local.queues}"}


def test_the_page_on_deploying_lists_every_variable_and_every_label_that_is_ours() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = configuration(*EVERYTHING_KINDS)
    ours = {
        f"azurerm_{kind}.{label}"
        for kind in LABELLED
        for label in found.resources(kind)
        if label.endswith("_") or label in ("App", "stage")
    }
    wanted = {name for name in found.variables if not name.startswith("setting_")} | ours
    assert {name for name in wanted if f"`{name}`" not in page} == set()


LABELLED = (
    "resource_group",
    "function_app_flex_consumption",
    "eventgrid_system_topic",
    "cosmosdb_account",
    "eventhub_namespace",
    "key_vault",
    "log_analytics_workspace",
    "application_insights",
    "monitor_action_group",
)
"""Types of resources of which there is one, or whose label is not the user's name."""
