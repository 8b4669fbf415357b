"""A site in, its NetworkPolicies out: nothing comes in or goes out but what is named here."""

from __future__ import annotations

from typing import Any

from portable_container.deploy.kubernetes_objects import made, of_app, selector
from portable_container.deploy.site import Site
from portable_container.runtime.chosen import ADMIN_PORT, PORT
from portable_container.runtime.image import NATS, POSTGRES, SERVE, STORE, WORK

PORTS = {POSTGRES: (5432,), NATS: (4222,), STORE: (443, 9000)}
"""The ports of engines. Where an engine is is the cluster's to say: add `to` to its policy."""
MONITORING = "monitoring"
"""The namespace from which Prometheus reads metrics."""
COMMENTS = (
    "Nothing comes in or goes out but what is named here. Make these narrower by patches in your own kustomization:",
    "the namespace of your ingress controller (ingress-…), that of Prometheus (metrics), where each engine is (engine-…).",
    "An ingress controller in the network of its node, or a load balancer that calls pods, is in no namespace: add its ipBlock.",
    "What functions ask for elsewhere, such as an API by HTTPS or a collector of traces, needs a policy of your own.",
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
    found += [_engine(site, engine) for engine in sorted(site.engines)]
    if site.blueprint.drivers:  # what is in another cloud is reached by HTTPS
        found.append(
            _policy(
                site, "elsewhere", _pods(of_app(site)), policyTypes=["Egress"], egress=[{"ports": _ports("TCP", 443)}]
            )
        )
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


def _engine(site: Site, engine: str) -> dict[str, Any]:
    """Return the policy of an engine: the roles that have an account of it reach it, on Knative too."""
    roles = [role for role in (*site.roles, site.migrate) if engine in role.engines]
    names = [*(role.name for role in roles), *(role.events for role in roles if role.kind == WORK)]
    pods = {**_pods(of_app(site)), "matchExpressions": [component_in(names)]}
    return _policy(
        site, f"engine-{engine}", pods, policyTypes=["Egress"], egress=[{"ports": _ports("TCP", *PORTS[engine])}]
    )


def component_in(names: list[str]) -> dict[str, Any]:
    """Return the expression that chooses the pods of some roles."""
    return {"key": "app.kubernetes.io/component", "operator": "In", "values": names}


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
