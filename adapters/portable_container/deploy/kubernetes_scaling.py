"""A site in, how many pods each role has out: by CPU, by what waits (KEDA), and how many may go at once."""

from __future__ import annotations

from typing import Any

from portable_container.deploy.kubernetes_objects import made, selector
from portable_container.deploy.roles import Role
from portable_container.deploy.site import Site
from portable_container.runtime.image import SERVE, WORK
from portable_container.runtime.image_engines import address_of_event, is_partitioned
from portable_container.runtime.nats_names import address_of

REPLICAS = 2
"""Pods of each role: one goes on when the other's node is gone."""
MOST = 10
CPU = "700m"
"""The use of a pod of serve that asks for another one. A process uses one core at most."""
CPU_COMMENT = f"A process uses one core at most, whatever is requested, so the target is {CPU} of a pod and no share of its request."
LAG = 100
"""Waiting messages for each pod of a role."""
MONITOR = "nats.nats.svc.cluster.local:8222"
"""Where KEDA asks NATS how much waits: the monitoring port of the server (`http_port`)."""


def autoscalers(site: Site) -> list[dict[str, Any]]:
    """Return a HorizontalPodAutoscaler for each role that serves."""
    cpu = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": CPU}},
    }
    return [
        made(
            site,
            "HorizontalPodAutoscaler",
            role.name,
            spec={
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": role.name},
                "minReplicas": REPLICAS,
                "maxReplicas": MOST,
                "metrics": [cpu],
            },
        )
        for role in site.roles
        if role.kind == SERVE
    ]


def budgets(site: Site) -> list[dict[str, Any]]:
    """Return a PodDisruptionBudget for each role: one pod at a time may go when a node is emptied, and any that is not ready."""
    return [
        made(
            site,
            "PodDisruptionBudget",
            role.name,
            spec={
                "maxUnavailable": 1,
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
                "selector": {"matchLabels": selector(site, role.name)},
            },
        )
        for role in site.roles
    ]


def scaled(site: Site) -> list[dict[str, Any]]:
    """Return a ScaledObject of KEDA for each role that works: it looks at every consumer of the role's functions."""
    return [_scaled(site, role) for role in site.roles if role.kind == WORK]


def _scaled(site: Site, role: Role) -> dict[str, Any]:
    triggers = [
        {
            "type": "nats-jetstream",
            "metadata": {
                "natsServerMonitoringEndpoint": MONITOR,
                "account": site.prefix,
                "stream": stream,
                "consumer": consumer,
                "lagThreshold": str(LAG),
            },
        }
        for stream, consumer in consumers(site, role)
    ]
    spec = {
        "scaleTargetRef": {"name": role.name},
        "minReplicaCount": REPLICAS,
        "maxReplicaCount": MOST,
        "triggers": triggers,
    }
    return made(site, "ScaledObject", role.name, spec=spec)


def consumers(site: Site, role: Role) -> list[tuple[str, str]]:
    """Return the stream and the name of each consumer from which a role takes."""
    names = {function.name for function in role.functions}
    found = []
    for event in site.image.functions:
        if event.name in names:
            at = address_of(address_of_event(site.prefix, event))
            found += [(at.stream, consumer) for consumer in at.filters(partitioned=is_partitioned(event))]
    return list(dict.fromkeys(found))
