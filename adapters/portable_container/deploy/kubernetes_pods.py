"""A role in, its pod for Kubernetes out: as the restricted profile of the Pod Security Standards asks for.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from typing import Any

from portable_container.deploy.kubernetes_objects import labels, selector
from portable_container.deploy.roles import MIGRATE, SPARE_SECONDS, Role, optional
from portable_container.deploy.site import Site
from portable_container.runtime.addresses import SECRETS, password_variable
from portable_container.runtime.chosen import ADMIN_PORT, PORT
from portable_container.runtime.image import NATS, POSTGRES, SERVE, STORE
from portable_container.runtime.paths import LIVE, METRICS, READY

IMAGE = "portable.invalid/app"
"""What `kustomize edit set image` replaces. No registry has it, so a forgotten image is an error that names itself."""
DIGEST = f"sha256:{'0' * 64}"
DRAIN_SECONDS = 5
"""How long serve takes requests after the signal to stop: until all nodes and ingresses know that it goes."""
SETTINGS = "settings"
"""The ConfigMap of the settings."""
KEYS = {
    POSTGRES: ("PORTABLE_POSTGRES",),
    NATS: ("PORTABLE_NATS",),
    STORE: ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
}
"""The keys of a role's Secret, by the engines that it talks to; those of the store without `Site.store_prefix`."""


def keys(site: Site, role: Role) -> tuple[str, ...]:
    """Return the keys of a role's Secret that become variables."""
    prefixes = {STORE: site.store_prefix}
    found = [f"{prefixes.get(engine, '')}{key}" for engine in sorted(role.engines) for key in KEYS[engine]]
    if role.kind == MIGRATE and POSTGRES in role.engines:
        found += [password_variable(name) for name, each in site.identities().items() if POSTGRES in each.engines]
    return tuple(found)


def pod(site: Site, role: Role) -> dict[str, Any]:
    """Return the template of a role's pods."""
    drained = DRAIN_SECONDS if role.kind == SERVE else 0
    spec: dict[str, Any] = {
        "serviceAccountName": role.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container(site, role, drained)],
        "volumes": volumes(role),
    }
    if role.kind == MIGRATE:
        spec["restartPolicy"] = "Never"
    else:
        spec["terminationGracePeriodSeconds"] = role.stop_seconds + drained + SPARE_SECONDS
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(site, role.name)},
                # else pods that a rollout ends count, and the new ones lie badly
                "matchLabelKeys": ["pod-template-hash"],
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ]
    metadata: dict[str, Any] = {"labels": labels(site, role.name)}
    if role.kind != MIGRATE:
        metadata["annotations"] = scraped(ADMIN_PORT)
    return {"metadata": metadata, "spec": spec}


def scraped(port: int) -> dict[str, str]:
    """Return the annotations by which a Prometheus that looks for pods finds their metrics."""
    return {"prometheus.io/scrape": "true", "prometheus.io/port": str(port), "prometheus.io/path": METRICS}


def container(site: Site, role: Role, drained: int = 0) -> dict[str, Any]:
    """Return the container of a role, which takes requests for some seconds after the signal to stop.

    There is no limit of CPU: one would slow a start and a peak while the node is idle.
    """
    found: dict[str, Any] = {
        "name": "app",
        "image": f"{IMAGE}@{DIGEST}",
        "args": role.arguments(),
        "env": environment(site, role, drained),
        "resources": {
            "requests": {"cpu": "100m", "memory": f"{role.memory}Mi"},
            "limits": {"memory": f"{role.memory}Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - in a container
    }
    if role.secrets:
        found["volumeMounts"].append({"name": "secrets", "mountPath": SECRETS, "readOnly": True})
    if role.kind != MIGRATE:
        found["ports"] = [{"name": "http", "containerPort": PORT}] if role.kind == SERVE else []
        found["ports"].append({"name": "admin", "containerPort": ADMIN_PORT})
        found |= {
            "startupProbe": _probe(LIVE, periodSeconds=2, failureThreshold=60),
            "livenessProbe": _probe(LIVE, periodSeconds=10, timeoutSeconds=5, failureThreshold=3),
            "readinessProbe": _probe(READY, periodSeconds=5, timeoutSeconds=5, failureThreshold=2),
        }
    return found


def environment(site: Site, role: Role, drained: int) -> list[dict[str, Any]]:
    """Return the variables of a role: its stage, its accounts from its Secret, and the app's settings.

    What comes in the last moment of draining has the whole time of its function, too.
    """
    found: list[dict[str, Any]] = [
        {"name": "PORTABLE_STAGE", "value": site.stage.name},
        {"name": "PORTABLE_STOP_SECONDS", "value": str(role.stop_seconds + drained)},
    ]
    if drained:
        found.append({"name": "PORTABLE_DRAIN_SECONDS", "value": str(drained)})
    found += [{"name": key, "valueFrom": {"secretKeyRef": {"name": role.name, "key": key}}} for key in keys(site, role)]
    found += [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": role.name, "key": key, "optional": True}}}
        for key in site.signing_in(role)
    ]
    store = ("AWS_ENDPOINT_URL_S3", f"{site.store_prefix}REGION") if STORE in role.engines else ()
    settings = () if role.kind == MIGRATE else (*site.settings(), *store)
    found += [{"name": key, "valueFrom": {"configMapKeyRef": {"name": SETTINGS, "key": key}}} for key in settings]
    named = MIGRATE if role.kind == MIGRATE else SETTINGS
    for key in optional(role):
        found.append({"name": key, "valueFrom": {"configMapKeyRef": {"name": named, "key": key, "optional": True}}})
    return found


def volumes(role: Role) -> list[dict[str, Any]]:
    """Return the volumes of a role: /tmp, and the app's secrets as files, which follow a change of the Secret."""
    found: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}]
    if role.secrets:
        items = [{"key": name, "path": name} for name in role.secrets]
        found.append({"name": "secrets", "secret": {"secretName": role.name, "items": items}})
    return found


def _probe(path: str, **times: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "admin"}, **times}
