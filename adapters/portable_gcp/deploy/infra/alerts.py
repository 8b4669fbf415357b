"""Alerts: what a metric must not do, and who is told."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import GcpPlaces, Service

CHANNEL = "alarms_"
_MINUTE = "60s"
_HOUR = "3600s"


def channel(document: Document, places: GcpPlaces) -> None:
    """Add the mail address that is told of alerts, where one is given; and all who are told, as a local value."""
    document.resource(
        "google_monitoring_notification_channel",
        CHANNEL,
        count=reference('var.alarm_email == "" ? 0 : 1'),
        display_name=f"{places.stage.prefix()} alarms",
        type="email",
        labels={"email_address": reference("var.alarm_email")},
        depends_on=after("monitoring"),
    )
    channels = f"concat(var.notification_channels, google_monitoring_notification_channel.{CHANNEL}[*].name)"
    document.top("locals", alarm_channels=reference(channels))


def service_alert(document: Document, places: GcpPlaces, service: Service) -> None:
    """Add the alert for errors of a service, and for events that it had no instance for. An HTTP function may say 429 itself."""
    on = f'resource.type = "cloud_run_revision" AND resource.labels.service_name = "{service.name}"'
    requests = f'{on} AND metric.type = "run.googleapis.com/request_count"'
    conditions = [_above("5xx", f'{requests} AND metric.labels.response_code_class = "5xx"', "ALIGN_SUM", 0)]
    if not service.is_http:
        conditions.append(_above("no instance", f'{requests} AND metric.labels.response_code = "429"', "ALIGN_SUM", 0))
    _alert(document, places, f"{service.label}_errors", conditions)


def subscription_alert(document: Document, places: GcpPlaces, label: str, name: str, *, letters: bool) -> None:
    """Add the alert of a subscription: any message of dead letters, else the age of the oldest one."""
    on = f'resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "{name}" AND metric.type = '
    metric = "num_undelivered_messages" if letters else "oldest_unacked_message_age"
    above = 0 if letters else reference("var.oldest_message_seconds")
    condition = _above(metric, f'{on}"pubsub.googleapis.com/subscription/{metric}"', "ALIGN_MAX", above)
    _alert(document, places, f"{label}_{'letters' if letters else 'age'}", [condition])


def job_alert(document: Document, places: GcpPlaces, label: str, name: str) -> None:
    """Add the alert of a Cloud Scheduler job that failed, whatever the reason: Cloud Scheduler logs it."""
    on = f'resource.type="cloud_scheduler_job" AND resource.labels.job_id="{name}" AND severity>=ERROR'
    failed = {"display_name": "failed", "condition_matched_log": {"filter": on}}
    limit = {"notification_rate_limit": {"period": _HOUR}}
    _alert(document, places, f"{label}_schedule", [failed], limit)


def _above(title: str, found: str, aligner: str, above: int | Expression) -> dict[str, Any]:
    return {
        "display_name": title,
        "condition_threshold": {
            "filter": found,
            "comparison": "COMPARISON_GT",
            "threshold_value": above,
            "duration": "0s",
            "aggregations": {"alignment_period": _MINUTE, "per_series_aligner": aligner},
        },
    }


def _alert(
    document: Document,
    places: GcpPlaces,
    label: str,
    conditions: list[dict[str, Any]],
    strategy: dict[str, Any] | None = None,
) -> None:
    document.resource(
        "google_monitoring_alert_policy",
        label,
        display_name=f"{places.stage.prefix()}-{label}",
        combiner="OR",
        conditions=conditions,
        alert_strategy=strategy,
        notification_channels=reference("local.alarm_channels"),
        user_labels=reference("local.labels"),
        depends_on=after("monitoring"),
    )
