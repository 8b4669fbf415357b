"""A site in, a dashboard of Grafana out: calls, errors, durations, what waits, who leads, and pods.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import json
from typing import Any

from portable_container.deploy.alerts import FAILED, of
from portable_container.deploy.site import Site
from portable_container.runtime.image import SCHEDULE

WIDTH, HEIGHT = 12, 8
"""Of a panel; a row has 24 columns."""
_SOURCE = {"type": "prometheus", "uid": "${source}"}


def dashboard_text(site: Site) -> str:
    """Return the text of grafana/dashboard.json."""
    panels = [_panel(place, *each) for place, each in enumerate(_panels(site))]
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus", "refresh": 1}
    title = f"{site.blueprint.app} {site.stage.name}"
    found = {
        "uid": site.namespace[:40],
        "title": title,
        "tags": ["portable", site.blueprint.app, site.stage.name],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [source]},
        "panels": panels,
    }
    return json.dumps(found, indent=2) + "\n"


def _panels(site: Site) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return title, unit, and the queries of each panel with what its lines are called."""
    calls, seconds = f"portable_calls_total{of(site)}", f"portable_call_seconds_bucket{of(site)}"
    failed = f"portable_calls_total{of(site, FAILED)}"
    found = [
        ("Calls", "reqps", [(f"sum by (function) (rate({calls}[$__rate_interval]))", "{{function}}")]),
        (
            "Failed calls",
            "percentunit",
            [
                (
                    f"sum by (function) (rate({failed}[$__rate_interval])) / sum by (function) (rate({calls}[$__rate_interval]))",
                    "{{function}}",
                )
            ],
        ),
        (
            "Duration",
            "s",
            [
                (
                    f"histogram_quantile({share}, sum by (le, function) (rate({seconds}[$__rate_interval])))",
                    f"{{{{function}}}} p{round(share * 100)}",
                )
                for share in (0.5, 0.99)
            ],
        ),
    ]
    if site.image.queues:
        found += [
            ("Waiting messages", "short", [(f"max by (queue) (portable_queue_waiting{of(site)})", "{{queue}}")]),
            (
                "Age of the oldest message",
                "s",
                [(f"max by (queue) (portable_queue_oldest_seconds{of(site)})", "{{queue}}")],
            ),
        ]
    if any(role.kind == SCHEDULE for role in site.roles):
        found.append(("Who leads the schedules", "short", [(f"portable_schedule_leader{of(site)}", "{{pod}}")]))
    ready = f"kube_deployment_status_replicas_available{of(site)}"
    return [*found, ("Pods that are ready", "short", [(ready, "{{deployment}}")])]


def _panel(place: int, title: str, unit: str, queries: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": {"x": place % 2 * WIDTH, "y": place // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for number, (expression, legend) in enumerate(queries)
        ],
    }
