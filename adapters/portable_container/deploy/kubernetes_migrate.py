"""A site in, the Job out that makes what a version needs in the engines, while the version before goes on.

A Job cannot be changed. So its name ends with a digest of all that it is, and what applies it may take its place.
https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/ and https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from portable_container.deploy.kubernetes_objects import file_text, made
from portable_container.deploy.kubernetes_pods import pod
from portable_container.deploy.roles import MIGRATE, OPTIONAL, optional
from portable_container.deploy.site import Site

DIGITS = 12
"""Those of the digest in the name of the Job."""
COMMENTS = (
    "Makes what this version needs, while the version before goes on. It is as safe to run twice as once.",
    "The ConfigMap is that of the Job alone, because a Job cannot be changed.",
)
_DELIVERY = {
    "argocd.argoproj.io/hook": "Sync",
    "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    "kustomize.toolkit.fluxcd.io/force": "enabled",
}
"""By these Argo CD and Flux make the Job anew where they would have to change it."""


def migrate_text(site: Site) -> str:
    """Return the text of migrate.yaml."""
    job = _job(site)
    names = optional(site.migrate)
    if not names:
        return file_text([job], COMMENTS[0])
    told = tuple(f"  {name}: {OPTIONAL[name]}" for name in names)
    data = made(site, "ConfigMap", MIGRATE, data=dict.fromkeys(names, ""))
    return file_text([data, job], *COMMENTS, *told)


def _job(site: Site) -> dict[str, Any]:
    spec = {
        "backoffLimit": 6,
        "activeDeadlineSeconds": 3600,
        "ttlSecondsAfterFinished": 3600,
        "template": pod(site, site.migrate),
    }
    whole = json.dumps([site.blueprint.sha256, spec], sort_keys=True).encode()
    found = made(site, "Job", f"{MIGRATE}-{hashlib.sha256(whole).hexdigest()[:DIGITS]}", MIGRATE, spec=spec)
    found["metadata"]["annotations"] = _DELIVERY
    return found
