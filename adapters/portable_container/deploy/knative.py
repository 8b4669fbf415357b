"""A site in, the files of `knative/` out: HTTP by Knative Serving, events of a broker and schedules by Knative Eventing.

https://knative.dev/docs/eventing/event-delivery/ and https://knative.dev/docs/eventing/sources/ping-source/reference/
"""

from __future__ import annotations

import json
from typing import Any

from portable.tooling.app.kinds.schedule import robfig
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.stage import shortened
from portable.tooling.infra.yaml import yaml_text
from portable_container.deploy.attributes import source_of
from portable_container.deploy.kubernetes_network import MONITORING, component_in, of_namespace
from portable_container.deploy.kubernetes_objects import VERSIONS, file_text, kustomization, labels, made
from portable_container.deploy.kubernetes_pods import container, scraped, volumes
from portable_container.deploy.kubernetes_scaling import MOST
from portable_container.deploy.roles import EVENTS, Role, sweeps
from portable_container.deploy.site import LABEL, Site
from portable_container.runtime import paths
from portable_container.runtime.chosen import PORT
from portable_container.runtime.cloudevents import type_of
from portable_container.runtime.image import SCHEDULE, SERVE, WORK
from portable_container.runtime.paths import LIVE, READY

BROKER = "default"
DEAD_LETTERS = "dead-letters"
"""The broker that gets what failed at each attempt: a Trigger of yours says where it is kept."""
ADMIN_PORT = 9190
"""The port of metrics. Knative's own container in each pod has 9090."""
LONGEST_SECONDS = 600
"""What a request may take unless the operator of Knative says otherwise (config-defaults, max-revision-timeout-seconds)."""
BACKOFF_SECONDS = 1.0
"""Between the first two attempts of a function that says nothing else."""
_NAMES = "kustomize-names.yaml"
_REFERENCE = {
    "nameReference": [
        {
            "kind": "ConfigMap",
            "version": "v1",
            "fieldSpecs": [
                {
                    "group": "serving.knative.dev",
                    "version": "v1",
                    "kind": "Service",
                    "path": "spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
                }
            ],
        }
    ]
}
_SYSTEM = ("knative-serving", "knative-eventing", "kourier-system")
"""The namespaces from which Knative itself calls pods: its activator, its brokers, and its own ingress."""
_RUNNING = ("Deployment", "PodDisruptionBudget")
_SERVED = (*_RUNNING, "Service", "HorizontalPodAutoscaler")
_TRIGGER_COMMENTS = (
    f"For events that others send to the broker {BROKER}, with the `source` and the `type` that the filter names. What the app itself",
    f"sends goes through NATS, and the role {WORK} takes it.",
    "What a broker does not keep: it tells no count of attempts, so context.attempt is None; it keeps no order, also for",
    "ordered queues and for streams; a delay or deduplication of the sender is not known to it; what failed at each attempt goes",
    f"to the broker {DEAD_LETTERS}, and not to the queue of dead letters. Backoff grows from the function's, without jitter.",
)
_COMMENTS = (
    "All of ../kubernetes, with Knative Serving and Eventing for what they do. It needs both in the cluster.",
    f"Pods of the role {WORK} go on to take what the app sends through NATS. Metrics of services are at port {ADMIN_PORT}.",
)
_SCHEDULE_GAPS = (
    f"What a PingSource does not keep: what fell due while nobody fired is not fired later, as the role {SCHEDULE} does; an event",
    "that fails is tried again as Knative does it, not as often as the function says.",
)


def knative_files(site: Site) -> dict[str, str]:
    """Return the text of each file by its path below the folder of the infrastructure."""
    served = [role for role in site.roles if role.kind == SERVE]
    workers = [role for role in site.roles if role.kind == WORK]
    found: dict[str, str] = {}
    if served:
        longest = max(role.stop_seconds for role in served)
        told = (f"Knative refuses {longest} s unless its operator raises max-revision-timeout-seconds.",)
        services = [_service(site, role, role.name, events=False) for role in served]
        found["services.yaml"] = file_text(services, *(told if longest > LONGEST_SECONDS else ()))
    if workers:
        comment = "Take CloudEvents from inside the cluster: of the broker, and of schedules."
        found["events.yaml"] = file_text([_service(site, role, role.events, events=True) for role in workers], comment)
    triggers = [
        _trigger(site, role, function) for role in workers for function in role.functions if not _timed(function)
    ]
    if triggers:
        buried = any(function.dead_letters for role in workers for function in role.functions)
        names = [BROKER, *([DEAD_LETTERS] if buried else [])]
        found["brokers.yaml"] = file_text([made(site, "Broker", name, EVENTS) for name in names])
        found["triggers.yaml"] = file_text(triggers, *_TRIGGER_COMMENTS)
    pinged = [(role, function) for role in workers for function in role.functions if _cron(function)]
    if pinged:
        found["schedules.yaml"] = file_text([_ping(site, role, function) for role, function in pinged], *_SCHEDULE_GAPS)
    if not found:
        return {}
    found["network-policies.yaml"] = file_text([_policy(site)], "What Knative itself may call.")
    patches = [*_gone(site), *([_fires_only(site)] if pinged and _fires_on(site) else [])]
    changed = {"patches": patches} if patches else {}
    resources = ["../kubernetes", *sorted(found)]
    found[_NAMES] = yaml_text(
        _REFERENCE, ("By this kustomize finds the name of the settings in a Service of Knative.",)
    )
    found["kustomization.yaml"] = kustomization(resources, *_COMMENTS, configurations=[_NAMES], **changed)
    return {f"knative/{name}": text for name, text in found.items()}


def _service(site: Site, role: Role, name: str, *, events: bool) -> dict[str, Any]:
    scaling = {
        "autoscaling.knative.dev/min-scale": "0",
        "autoscaling.knative.dev/max-scale": str(MOST),
        **scraped(ADMIN_PORT),
    }
    template = {
        "metadata": {"labels": labels(site, name), "annotations": scaling},
        "spec": {
            "serviceAccountName": role.name,
            "enableServiceLinks": False,
            "timeoutSeconds": role.stop_seconds,
            "containers": [_container(site, role, events=events)],
            "volumes": volumes(role),
        },
    }
    found = made(site, "Service", name, api="serving.knative.dev/v1", spec={"template": template})
    if events:
        found["metadata"]["labels"]["networking.knative.dev/visibility"] = "cluster-local"
    return found


def _container(site: Site, role: Role, *, events: bool) -> dict[str, Any]:
    """Return a container in the words that Knative allows: one port, and probes at that port."""
    server = Role(role.name, SERVE, role.identity, role.functions, role.engines)
    found = container(site, server)
    found["args"] = [*server.arguments(ADMIN_PORT), *(["--events"] if events else [])]
    found["ports"] = [{"name": "http1", "containerPort": PORT}]
    found["readinessProbe"] = {"httpGet": {"path": READY}}
    found["livenessProbe"] = {"httpGet": {"path": LIVE}}
    del found["startupProbe"]
    found["securityContext"] |= {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return found


def _sink(role: Role, function: DeployedFunction) -> dict[str, Any]:
    reference = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": role.events}
    return {"ref": reference, "uri": f"{paths.EVENTS}{function.name}"}


def _trigger(site: Site, role: Role, function: DeployedFunction) -> dict[str, Any]:
    source = source_of(site.blueprint.app, site.stage.name, function.name, function.trigger)
    delivery: dict[str, Any] = {
        "retry": (function.attempts or 1) - 1,
        "backoffPolicy": "exponential",
        "backoffDelay": f"PT{function.backoff or BACKOFF_SECONDS:g}S",
    }
    if function.dead_letters:
        delivery["deadLetterSink"] = {
            "ref": {"apiVersion": "eventing.knative.dev/v1", "kind": "Broker", "name": DEAD_LETTERS}
        }
    spec = {
        "broker": BROKER,
        "filter": {"attributes": {"source": source, "type": type_of(function.trigger)}},
        "subscriber": _sink(role, function),
        "delivery": delivery,
    }
    return made(site, "Trigger", shortened(function.name, LABEL), role.events, spec=spec)


def _timed(function: DeployedFunction) -> bool:
    return bool(function.trigger["kind"] == "schedule")


def _cron(function: DeployedFunction) -> str | None:
    """Return the schedule of a function as Knative takes it, None where it cannot."""
    if not _timed(function):
        return None
    try:
        return robfig(function.trigger["expression"])
    except ValueError:
        return None


def _ping(site: Site, role: Role, function: DeployedFunction) -> dict[str, Any]:
    spec = {
        "schedule": _cron(function),
        "timezone": function.trigger["timezone"],
        "contentType": "application/json",
        "data": "{}",
        "sink": _sink(role, function),
    }
    return made(site, "PingSource", shortened(function.name, LABEL), role.events, spec=spec)


def _policy(site: Site) -> dict[str, Any]:
    froms = [of_namespace(name) for name in _SYSTEM]
    metrics = {"from": [of_namespace(MONITORING)], "ports": [{"protocol": "TCP", "port": ADMIN_PORT}]}
    names = [role.name if role.kind == SERVE else role.events for role in site.roles if role.kind != SCHEDULE]
    chosen = {"matchExpressions": [component_in(names)]}
    return made(
        site,
        "NetworkPolicy",
        "knative",
        "network",
        spec={"podSelector": chosen, "policyTypes": ["Ingress"], "ingress": [{"from": froms}, metrics]},
    )


def _gone(site: Site) -> list[dict[str, Any]]:
    """Return patches that remove from ../kubernetes what Knative does instead."""
    gone = [(kind, role.name) for role in site.roles if role.kind == SERVE for kind in _SERVED]
    if any(map(_timed, site.blueprint.functions)) and not _fires_on(site):
        gone += [(kind, SCHEDULE) for kind in _RUNNING]
    return [{"patch": yaml_text(removed(site, kind, name)).removeprefix("---\n")} for kind, name in gone]


def removed(site: Site, kind: str, name: str) -> dict[str, Any]:
    """Return the patch that removes an object: kustomize finds it by these."""
    return {
        "apiVersion": VERSIONS[kind],
        "kind": kind,
        "metadata": {"name": name, "namespace": site.namespace},
        "$patch": "delete",
    }


def _fires_on(site: Site) -> bool:
    """Say whether the role of schedules goes on: for a schedule that Knative cannot keep, or to sweep."""
    timed = [function for function in site.blueprint.functions if _timed(function)]
    return sweeps(site.blueprint) or any(_cron(function) is None for function in timed)


def _fires_only(site: Site) -> dict[str, Any]:
    """Return the patch by which the role of schedules fires only what Knative cannot, and sweeps."""
    role = next(role for role in site.roles if role.kind == SCHEDULE)
    names = [function.name for function in site.blueprint.functions if _timed(function) and _cron(function) is None]
    arguments = [*role.arguments(), "--functions", ",".join(names)]
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": arguments}]
    return {"target": {"kind": "Deployment", "name": f"^{SCHEDULE}$"}, "patch": json.dumps(change)}
