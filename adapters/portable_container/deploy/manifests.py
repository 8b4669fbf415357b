"""A blueprint and a stage in, all files of its infrastructure out: for one machine, for Kubernetes and for Knative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.stage import Stage
from portable_container.deploy.alerts import alerts_text
from portable_container.deploy.compose import compose_text
from portable_container.deploy.dashboard import dashboard_text
from portable_container.deploy.env_example import env_text
from portable_container.deploy.knative import knative_files
from portable_container.deploy.kubernetes import kubernetes_files
from portable_container.deploy.site import Site
from portable_container.deploy.store import files as store_files
from portable_container.deploy.users import SERVER, accounts_text
from portable_container.runtime.image import NATS, STORE


@dataclass(frozen=True)
class Manifests:
    """The protocol `portable.tooling.infra.files.Infrastructure`. Each file says by itself which stage it is for."""

    texts: dict[str, str]
    counts: dict[str, int]

    def files(self) -> dict[str, str]:
        """Return the text of each file by its path."""
        return dict(self.texts)

    def guard(self, stage: Stage) -> None:
        """Do nothing: the namespace, the project and each name of a user have the stage in them."""

    def made(self) -> dict[str, int]:
        """Return how many there are of each kind."""
        return dict(self.counts)


def infrastructure(
    blueprint: Blueprint, stage: Stage, keys: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Manifests:
    """Return the files of an app in a stage. They are the same whenever they are made.

    `keys` are the variables by which functions sign in to other clouds, by the function's name.
    """
    site = Site(blueprint, stage, keys)
    texts = {
        "compose.yaml": compose_text(site),
        ".env.example": env_text(site),
        **kubernetes_files(site),
        **knative_files(site),
        "prometheus/alerts.yaml": alerts_text(site),
        "grafana/dashboard.json": dashboard_text(site),
    }
    if NATS in site.engines:
        texts |= {"nats/accounts.conf": accounts_text(site), "nats/server.conf": SERVER}
    if STORE in site.engines:
        texts |= store_files(site)
    counts = {role.kind: sum(each.kind == role.kind for each in site.roles) for role in site.roles}
    return Manifests(texts, counts | dict.fromkeys(sorted(site.engines), 1))
