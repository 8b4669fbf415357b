"""A site in, the rules of its alerts for Prometheus out, over the metrics that every role has (`runtime/measures.py`).

https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from __future__ import annotations

from typing import Any

from portable.eventing.queue import POISON
from portable.tooling.infra.yaml import yaml_text
from portable_container.deploy.site import Site
from portable_container.runtime.image import SCHEDULE
from portable_container.runtime.paths import READY

ERROR_RATIO = 0.05
LEAST_ERRORS = 5
"""Failed calls in ten minutes: fewer are no reason to wake somebody."""
OLDEST_SECONDS = 300
FAILED = 'outcome="failed"'
_BURIED, _UNBURIED = f'queue=~".*{POISON}"', f'queue!~".*{POISON}"'
COMMENTS = (
    "Prometheus reads this file by `rule_files`; for its operator, `groups` is the spec of a PrometheusRule.",
    "Metrics must have the label `namespace`: a scrape of pods in Kubernetes gives it, elsewhere add it to the scrape by hand.",
    "PortableReplicasNotReady, PortableRolloutStuck and PortableNotScraped read kube-state-metrics.",
)


def alerts_text(site: Site) -> str:
    """Return the text of prometheus/alerts.yaml."""
    names = [queue.name for queue in site.image.queues]
    rules = [_errors(site)]
    if any(not name.endswith(POISON) for name in names):
        rules.append(_queue_age(site))
    if any(name.endswith(POISON) for name in names):
        rules.append(_dead_letters(site))
    if any(role.kind == SCHEDULE for role in site.roles):
        rules.append(_no_leader(site))
    rules += [_not_ready(site), _stuck(site), _not_scraped(site)]
    return yaml_text({"groups": [{"name": site.namespace, "rules": rules}]}, COMMENTS)


def of(site: Site, *more: str) -> str:
    """Return the selector of the stage's metrics, with further conditions."""
    return "{" + ", ".join((f'namespace="{site.namespace}"', *more)) + "}"


def _errors(site: Site) -> dict[str, Any]:
    failed, all_of = of(site, FAILED), of(site)
    ratio = f"sum by (function) (rate(portable_calls_total{failed}[10m])) / sum by (function) (rate(portable_calls_total{all_of}[10m]))"
    enough = f"sum by (function) (increase(portable_calls_total{failed}[10m])) >= {LEAST_ERRORS}"
    return _rule(
        site,
        "PortableErrors",
        f"{ratio} > {ERROR_RATIO} and {enough}",
        "5m",
        "critical",
        "{{ $labels.function }} fails in {{ $value | humanizePercentage }} of its calls",
        f"More than {ERROR_RATIO:.0%} of the calls of ten minutes failed: a handler raised, or an HTTP function answered 5xx. "
        "Its log says why: portable logs --level error.",
    )


def _queue_age(site: Site) -> dict[str, Any]:
    return _rule(
        site,
        "PortableQueueAge",
        f"max by (queue) (portable_queue_oldest_seconds{of(site, _UNBURIED)}) > {OLDEST_SECONDS}",
        "5m",
        "warning",
        "the oldest message of {{ $labels.queue }} has waited for {{ $value | humanizeDuration }}",
        "Workers do not keep up, or one message fails again and again. Look at the errors of its function and at the number of workers.",
    )


def _dead_letters(site: Site) -> dict[str, Any]:
    return _rule(
        site,
        "PortableDeadLetters",
        f"max by (queue) (delta(portable_queue_waiting{of(site, _BURIED)}[15m])) > 0",
        "0m",
        "warning",
        "{{ $labels.queue }} has new dead letters",
        "Messages failed at each attempt. Mend the function, then move them back (redrive) or read them.",
    )


def _no_leader(site: Site) -> dict[str, Any]:
    return _rule(
        site,
        "PortableNoScheduleLeader",
        f"(max(portable_schedule_leader{of(site)}) or vector(0)) < 1",
        "2m",
        "critical",
        "no pod leads the schedules",
        "No schedule is fired until one leads; what fell due is fired then. Look at the role schedule and at PostgreSQL.",
    )


def _not_ready(site: Site) -> dict[str, Any]:
    available = f"kube_deployment_status_replicas_available{of(site)}"
    return _rule(
        site,
        "PortableReplicasNotReady",
        f"{available} < kube_deployment_spec_replicas{of(site)}",
        "10m",
        "warning",
        "{{ $labels.deployment }} has fewer pods that are ready than it wants",
        f"`{READY}` at the admin port of a pod says what it misses.",
    )


def _stuck(site: Site) -> dict[str, Any]:
    """Return the rule for a rollout that has not gone on for progressDeadlineSeconds, while the older pods go on."""
    progressing = of(site, 'condition="Progressing"', 'status="false"')
    return _rule(
        site,
        "PortableRolloutStuck",
        f"kube_deployment_status_condition{progressing} == 1",
        "5m",
        "warning",
        "a rollout of {{ $labels.deployment }} does not go on",
        f"The pods of the version before go on. `{READY}` at the admin port of a new pod says what it misses; migrate may have failed, "
        "or an index of a large table takes long.",
    )


def _not_scraped(site: Site) -> dict[str, Any]:
    """Return the rule for pods that nobody watches: all other rules say nothing then."""
    return _rule(
        site,
        "PortableNotScraped",
        f"sum(kube_deployment_status_replicas_available{of(site)}) > 0 unless count(up{of(site)} == 1)",
        "15m",
        "warning",
        "Prometheus scrapes no pod",
        "Pods run, and no other alert can fire. Look at the scrape configuration, and at the NetworkPolicy metrics.",
    )


def _rule(site: Site, name: str, expression: str, lasts: str, severity: str, summary: str, what: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": lasts,
        "labels": {"severity": severity, "app": site.blueprint.app, "stage": site.stage.name},
        "annotations": {"summary": summary, "description": what},
    }
