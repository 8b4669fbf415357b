"""What every object of Kubernetes has: its kind, name and labels; and how several become a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from portable.tooling.infra.stage import shortened
from portable.tooling.infra.yaml import yaml_text
from portable_container.deploy.site import LABEL, Site

VERSIONS = {
    "Namespace": "v1",
    "ServiceAccount": "v1",
    "ConfigMap": "v1",
    "Secret": "v1",
    "Service": "v1",
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "Broker": "eventing.knative.dev/v1",
    "Trigger": "eventing.knative.dev/v1",
    "PingSource": "sources.knative.dev/v1",
}


def selector(site: Site, component: str) -> dict[str, str]:
    """Return the labels that choose the pods of a role. They never change: a Deployment cannot choose others later."""
    return {**of_app(site), "app.kubernetes.io/component": component}


def of_app(site: Site) -> dict[str, str]:
    """Return the labels that choose everything of the stage."""
    return {
        "app.kubernetes.io/name": shortened(site.blueprint.app, LABEL),
        "app.kubernetes.io/instance": site.namespace,
    }


def labels(site: Site, component: str) -> dict[str, str]:
    """Return the labels of an object."""
    return {
        **selector(site, component),
        "app.kubernetes.io/version": _value(site.blueprint.release()),
        "app.kubernetes.io/managed-by": "portable",
    }


def made(
    site: Site, kind: str, name: str, component: str | None = None, *, api: str | None = None, **parts: Any
) -> dict[str, Any]:
    """Return an object. `component` is the role that it belongs to, its name unless another is given; `api` another group."""
    metadata: dict[str, Any] = {"name": name}
    if kind != "Namespace":
        metadata["namespace"] = site.namespace
    metadata["labels"] = labels(site, component or name)
    return {"apiVersion": api or VERSIONS[kind], "kind": kind, "metadata": metadata, **parts}


def file_text(objects: Sequence[Mapping[str, Any]], *comments: str) -> str:
    """Return a file with several objects. The comments stand at its beginning."""
    head, *rest = objects
    return yaml_text(head, comments) + "".join(yaml_text(each) for each in rest)


def kustomization(resources: Sequence[str], *comments: str, **parts: Any) -> str:
    """Return the text of a kustomization.yaml: the files and folders that it puts together, and what it changes in them."""
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return yaml_text({**head, "resources": list(resources), **parts}, comments)


def _value(text: str) -> str:
    """Return a text as the value of a label: up to 63 letters, digits, -, _ and ., a letter or digit at both ends."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:LABEL].strip("-_.") or "0"
