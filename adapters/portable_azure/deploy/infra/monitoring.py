"""Logs, metrics and alerts: one workspace and one Application Insights for the app in a stage, and who is told of alarms."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.infra.places import GROUP, MONITORING, REGION, TAGS, AzurePlaces

WORKSPACE = reference(f"azurerm_log_analytics_workspace.{MONITORING}.id")
GIVEN_UP = "gave up message"
"""What our runtime logs of a message that failed at every attempt (portable.compute.consume)."""
_FAILED = """AppRequests
| where Success == false
| project TimeGenerated, Function = OperationName"""
_LETTERS = f"""AppTraces
| extend line = parse_json(Message)
| where tostring(line.message) has "{GIVEN_UP}"
| project TimeGenerated, Function = tostring(line.function)"""


def monitoring(document: Document, places: AzurePlaces) -> None:
    """Add where logs and metrics go, and the alerts of all functions: calls that failed, and messages given up."""
    called = places.stage.called
    workspace = document.resource(
        "azurerm_log_analytics_workspace",
        MONITORING,
        name=called("logs", 63),
        resource_group_name=GROUP,
        location=REGION,
        sku="PerGB2018",
        retention_in_days=reference("var.log_retention_days"),
        local_authentication_enabled=False,
        tags=TAGS,
    )
    document.resource(
        "azurerm_application_insights",
        MONITORING,
        name=places.insights,
        resource_group_name=GROUP,
        location=REGION,
        application_type="web",
        workspace_id=reference(f"{workspace}.id"),
        local_authentication_enabled=False,
        tags=TAGS,
    )
    document.resource(
        "azurerm_monitor_action_group",
        MONITORING,
        name=called("alarms"),
        short_name=places.stage.app[:12],
        tags=TAGS,
        resource_group_name=GROUP,
        dynamic={
            "email_receiver": {
                "for_each": reference('var.alarm_email == "" ? [] : [var.alarm_email]'),
                "content": {
                    "name": "mail",
                    "email_address": reference("email_receiver.value"),
                    "use_common_alert_schema": True,
                },
            }
        },
    )
    _log_alert(document, "failed", "Calls of a function that failed.", _FAILED)
    if places.feeds or places.has("stream"):
        _log_alert(document, "given_up", "Messages that failed at every attempt.", _LETTERS)


def metric_alert(
    document: Document,
    label: str,
    scope: Expression,
    namespace: str,
    metric: str,
    dimension: dict[str, Any] | None = None,
    aggregation: str = "Total",
) -> None:
    """Add an alert that goes off when a metric of a resource was above 0 in five minutes."""
    document.resource(
        "azurerm_monitor_metric_alert",
        label,
        name=label,
        resource_group_name=GROUP,
        scopes=[scope],
        frequency="PT5M",
        window_size="PT5M",
        tags=TAGS,
        criteria=[
            {
                "metric_namespace": namespace,
                "metric_name": metric,
                "aggregation": aggregation,
                "operator": "GreaterThan",
                "threshold": 0,
                **({"dimension": [dimension]} if dimension else {}),
            }
        ],
        action=[{"action_group_id": reference(f"azurerm_monitor_action_group.{MONITORING}.id")}],
    )


def _log_alert(document: Document, label: str, description: str, query: str) -> None:
    """Add an alert that goes off for each function of which a query found a line in five minutes."""
    document.resource(
        "azurerm_monitor_scheduled_query_rules_alert_v2",
        label,
        name=label,
        description=description,
        resource_group_name=GROUP,
        location=REGION,
        scopes=[WORKSPACE],
        severity=2,
        evaluation_frequency="PT5M",
        window_duration="PT5M",
        auto_mitigation_enabled=True,
        skip_query_validation=True,
        tags=TAGS,
        criteria=[
            {
                "query": query,
                "time_aggregation_method": "Count",
                "operator": "GreaterThan",
                "threshold": 0,
                "dimension": [{"name": "Function", "operator": "Include", "values": ["*"]}],
            }
        ],
        action={"action_groups": [reference(f"azurerm_monitor_action_group.{MONITORING}.id")]},
    )
