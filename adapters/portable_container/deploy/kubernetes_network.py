"""A site in, its NetworkPolicies out: nothing comes in or goes out but what is named here."""

from __future__ import annotations

from typing import Any

from portable_container.deploy.kubernetes_objects import made, of_app, selector
from portable_container.deploy.site import Site
from portable_container.runtime.chosen import ADMIN_PORT, PORT
from portable_container.runtime.image import NATS, POSTGRES, SERVE, STORE

PORTS = {POSTGRES: (5432,), NATS: (4222,), STORE: (443, 9000)}
"""The ports of engines. Where the engines are is the cluster's to say: add `to` to the policy `engines`."""
MONITORING = "monitoring"
"""The namespace from which Prometheus reads metrics."""
COMMENTS = (
    "Nothing comes in or goes out but what is named here. Make these narrower by patches in your own kustomization:",
    "the namespace of your ingress controller (ingress-…), that of Prometheus (metrics), where the engines are (engines).",
    "What functions ask for elsewhere, such as an API by HTTPS, needs a policy of your own.",
)


def policies(site: Site) -> list[dict[str, Any]]:
    """Return the policies of a stage."""
    found = [
        _policy(site, "default-deny", {}, policyTypes=["Ingress", "Egress"]),
        _policy(
            site,
            "dns",
            {},
            policyTypes=["Egress"],
            egress=[{"to": _dns(), "ports": _ports("UDP", 53) + _ports("TCP", 53)}],
        ),
        _policy(
            site,
            "metrics",
            _pods(of_app(site)),
            policyTypes=["Ingress"],
            ingress=[{"from": [of_namespace(MONITORING)], "ports": _ports("TCP", ADMIN_PORT)}],
        ),
    ]
    ports = [port for engine in sorted(site.engines) for port in PORTS[engine]]
    ports += [443] if site.blueprint.drivers else []  # what is in another cloud is reached by HTTPS
    if ports:
        out = [{"ports": _ports("TCP", *ports)}]
        found.append(_policy(site, "engines", _pods(of_app(site)), policyTypes=["Egress"], egress=out))
    found += [
        _policy(
            site,
            f"ingress-{role.name}",
            _pods(selector(site, role.name)),
            policyTypes=["Ingress"],
            ingress=[{"from": [{"namespaceSelector": {}}], "ports": _ports("TCP", PORT)}],
        )
        for role in site.roles
        if role.kind == SERVE
    ]
    return found


def _policy(site: Site, name: str, pods: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return made(site, "NetworkPolicy", name, "network", spec={"podSelector": pods, **spec})


def _pods(chosen: dict[str, str]) -> dict[str, Any]:
    return {"matchLabels": chosen}


def _ports(protocol: str, *numbers: int) -> list[dict[str, Any]]:
    return [{"protocol": protocol, "port": number} for number in numbers]


def of_namespace(namespace: str) -> dict[str, Any]:
    """Return whatever is in a namespace, as the peer of a policy."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


def _dns() -> list[dict[str, Any]]:
    """Return where names are asked for: the cluster's server, and the cache of a node (NodeLocal DNSCache)."""
    return [of_namespace("kube-system"), {"ipBlock": {"cidr": "169.254.20.10/32"}}]
