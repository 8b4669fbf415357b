"""What pods are told: a site in, the generator of its ConfigMap out, and the example of an overlay that sets more of it.

kustomize ends the ConfigMap's name with a digest of what it says. So a changed setting makes a new name and starts new pods,
and the old pods keep what they were told.
"""

from __future__ import annotations

from typing import Any

from portable_container.deploy.kubernetes_objects import kustomization, labels
from portable_container.deploy.kubernetes_pods import DIGEST, IMAGE, SETTINGS
from portable_container.deploy.roles import OPTIONAL, optional
from portable_container.deploy.site import Site
from portable_container.runtime.image import SERVE, STORE

STORES = {"AWS_ENDPOINT_URL_S3": "https://store.example.com"}
PROXIES = {"PORTABLE_PROXY": "1"}
"""What the example of an overlay says: one Ingress or Gateway stands before serve."""
_OVERLAY_COMMENTS = (
    "An example: copy this folder, keep it in version control, and correct the path. ../keda and ../knative may stand in place of",
    "../kubernetes. Say here which image you pushed, the settings, an Ingress of your own, and what you want otherwise.",
    "`kubectl apply -k` applies it. First of all the Secrets must be there: ../kubernetes/secrets.example.yaml.",
)


def generator(site: Site) -> list[dict[str, Any]]:
    """Return what kustomize makes the ConfigMap of: each setting that has a default."""
    data = {name: default for name, default in site.settings().items() if default is not None}
    if STORE in site.engines:
        data[f"{site.store_prefix}REGION"] = "us-east-1"
    options = {"labels": labels(site, SETTINGS)}
    return [{"name": SETTINGS, "namespace": site.namespace, "literals": _literals(data), "options": options}]


def comments(site: Site) -> tuple[str, ...]:
    """Return what a kustomization says of settings: those that must be given, and those that may be."""
    needed = ", ".join(missing(site))
    told = (f"These settings have no default, and no pod starts without them: {needed}.",) if needed else ()
    names = dict.fromkeys(each for role in site.roles for each in optional(role))
    may = ("These settings may be added:", *(f"  {name}: {OPTIONAL[name]}" for name in names)) if names else ()
    return (*told, *may)


def overlay(site: Site) -> dict[str, str]:
    """Return an example of the kustomization that a team writes: the image by its digest, and the settings."""
    serves = any(role.kind == SERVE for role in site.roles)
    data = {**(STORES if STORE in site.engines else {}), **(PROXIES if serves else {})}
    own = {"name": SETTINGS, "namespace": site.namespace, "behavior": "merge", "literals": _literals(data)}
    unsaid = ", ".join(name for name in missing(site) if name not in data)
    told = (
        *_OVERLAY_COMMENTS,
        *((f"These have no default and are yours to add to the literals: {unsaid}.",) if unsaid else ()),
    )
    image = {"name": IMAGE, "newName": f"registry.example.com/{site.blueprint.app}", "digest": DIGEST}
    more = {"configMapGenerator": [own]} if data else {}
    return {"overlay/kustomization.yaml": kustomization(["../kubernetes"], *told, images=[image], **more)}


def missing(site: Site) -> list[str]:
    """Return the settings that have no default."""
    found = [name for name, default in site.settings().items() if default is None]
    return [*found, *(["AWS_ENDPOINT_URL_S3"] if STORE in site.engines else [])]


def _literals(data: dict[str, str]) -> list[str]:
    return [f"{name}={_kept(value)}" for name, value in data.items()]


def _kept(value: str) -> str:
    """Return a value as kustomize reads it back: it takes one pair of quotation marks away."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return f'"{value}"' if quoted else value
