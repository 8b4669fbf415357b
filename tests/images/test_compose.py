"""`compose.yaml` as it is written, run by Podman: an order comes by HTTP, is paid by a queue, and is counted for Prometheus.

The engines are images of this machine's own files.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from images.stack import Stack
from manifested import read
from servers.waiting import until

SCRAPE = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:9090/metrics').read().decode())"
METRIC = re.compile(r"\b(?:portable|process)_\w+")


def test_an_order_is_taken_and_paid(stack: Stack) -> None:
    assert until(lambda: stack.ask("GET", "/orders?status=new"), bool) == {"orders": [], "next": None}, stack.log(
        "serve"
    )
    stack.ask("PUT", "/stock/tea?count=5&price=300")
    placed = stack.ask("POST", "/orders", {"customer": "ann", "lines": [{"sku": "tea", "count": 2}]})
    paid = until(lambda: stack.ask("GET", f"/orders/ann/{placed['id']}"), lambda found: found["status"] == "paid")
    assert (paid["status"], paid["total"]) == ("paid", 600), stack.log("work")


def test_containers_are_as_the_file_says(stack: Stack) -> None:
    for name, service in stack.services.items():
        held = stack.inspect(name)
        assert held["HostConfig"]["ReadonlyRootfs"], name
        assert held["BoundingCaps"] is None, name
        ports = [port for port in held["HostConfig"]["PortBindings"].values() if port]
        assert bool(ports) == (name == "serve")
        if "mem_limit" in service:
            assert held["HostConfig"]["Memory"] == int(service["mem_limit"].removesuffix("m")) * 2**20
            assert held["Config"]["User"] == "65532:65532"


def test_every_metric_of_the_alerts_and_the_dashboard_is_scraped(stack: Stack, infra: Path) -> None:
    roles = [name for name in ("serve", "work", "schedule") if name in stack.services]
    scraped = "".join(stack.podman("exec", stack.container(name), "python", "-c", SCRAPE).stdout for name in roles)
    [rules] = read((infra / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    dashboard = json.loads((infra / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    asked = [rule["expr"] for rule in rules["groups"][0]["rules"]]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {metric for expression in asked for metric in METRIC.findall(expression)}
    assert named
    assert named <= set(METRIC.findall(re.sub("(?m)^#.*$", "", scraped)))


def test_a_role_that_is_stopped_ends_what_runs_and_loses_no_order(stack: Stack) -> None:
    stack.ask("PUT", "/stock/cup?count=50&price=100")
    orders = [
        stack.ask("POST", "/orders", {"customer": "bob", "lines": [{"sku": "cup", "count": 1}]}) for _ in range(20)
    ]
    stack.compose("restart", "work")
    assert stack.ask("GET", "/stock/cup") == {"free": 30, "held": 20}
    for order in orders:
        found = until(
            lambda order=order: stack.ask("GET", f"/orders/bob/{order['id']}"), lambda it: it["status"] == "paid"
        )
        assert found["status"] == "paid", stack.log("work")
    for name in ("serve", "work", "schedule"):
        stack.compose("stop", name)
        assert stack.state(name)["ExitCode"] == 0, stack.log(name)
