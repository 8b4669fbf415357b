"""samples/orders, packaged, under functions-framework: Firestore's and Pub/Sub's emulators, secrets by gRPC."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from servers.firestore import firestore_emulator
from servers.process import free_port
from servers.pubsub_push import counting

from portable_gcp.testing.process import ServiceProcess

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")
for _module in ("google.pubsub_v1", "google.cloud.firestore", "google.cloud.secretmanager"):
    pytest.importorskip(_module, reason=f'{_module} is not installed: pip install "portable-functions[gcp]"')

TABLES = ("orders", "stock", "holds", "ledger", "figures", "letters", "seen")
PROJECT = "projects/of-orders"
FED = {"pay": "payments", "give_up": "payments-poison", "tally": "order-news", "inform": "order-news"}
"""Each target of the artifact that Pub/Sub pushes to, and its topic."""


@pytest.fixture(scope="module")
def shop(package: Any, pubsub_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    from servers.secretmanager import secretmanager

    from portable_gcp.runtime.clients import GcpClients

    bundle = package("samples/orders", "gcp") / "bundle"
    folder = tmp_path_factory.mktemp("orders")
    with ExitStack() as stack:
        secret = f"{PROJECT}/secrets/payment-key"
        emulators = {
            "FIRESTORE_EMULATOR_HOST": stack.enter_context(firestore_emulator(folder / "firestore.log")),
            "PUBSUB_EMULATOR_HOST": pubsub_host,
            "SECRET_MANAGER_EMULATOR_HOST": stack.enter_context(
                secretmanager({f"{secret}/versions/latest": b"sk-test"})
            ),
        }
        environment = emulators | {f"PORTABLE_TABLE_{name.upper()}": name for name in TABLES}
        environment |= {
            "PORTABLE_QUEUE_PAYMENTS": f"{PROJECT}/topics/payments",
            "PORTABLE_DEAD_PAYMENTS": f"{PROJECT}/topics/payments-poison",
            "PORTABLE_TOPIC_ORDER_NEWS": f"{PROJECT}/topics/order-news",
            "PORTABLE_SECRET_PAYMENT_KEY": secret,
            "PORTABLE_SETTING_PAYMENT_LIMIT": "50000",
        }
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in emulators.items():
            patch.setenv(name, value)
        clients = GcpClients()
        for topic in ("net", *dict.fromkeys(FED.values())):
            clients.publisher().create_topic(name=f"{PROJECT}/topics/{topic}")
        for target, topic in FED.items():
            port = free_port()
            relay = stack.enter_context(counting(port))
            stack.enter_context(ServiceProcess(bundle, target, environment, port=port))
            clients.subscriber().create_subscription(
                request={
                    "name": f"{PROJECT}/subscriptions/{target}",
                    "topic": f"{PROJECT}/topics/{topic}",
                    "ack_deadline_seconds": 10,
                    "push_config": {"push_endpoint": relay.url},
                    "retry_policy": {"minimum_backoff": {"seconds": 0}, "maximum_backoff": {"seconds": 0}},
                    "dead_letter_policy": {"dead_letter_topic": f"{PROJECT}/topics/net", "max_delivery_attempts": 5},
                }
            )
        yield stack.enter_context(ServiceProcess(bundle, "http", environment))


def place(shop: ServiceProcess, customer: str, key: str, sku: str, count: int) -> tuple[int, Any]:
    body = json.dumps({"customer": customer, "lines": [{"sku": sku, "count": count}]}).encode()
    answer = shop.request("POST", "/orders", body, {"content-type": "application/json", "idempotency-key": key})
    return answer.status, answer.json()


def test_orders_are_placed_paid_declined_and_told(shop: ServiceProcess) -> None:
    for sku, count, price in (("tea", 10, 250), ("piano", 2, 90_000)):
        assert shop.request("PUT", f"/stock/{sku}?count={count}&price={price}").status == 204, shop.log
    first = place(shop, "ada", "k-1", "tea", 3)
    assert (first[0], first[1]["total"]) == (201, 750)
    assert place(shop, "ada", "k-1", "tea", 3) == first
    status, declined = place(shop, "bob", "k-2", "piano", 2)
    assert status == 201
    wanted = {f"/orders/ada/{first[1]['id']}": "paid", f"/orders/bob/{declined['id']}": "cancelled"}
    end = time.monotonic() + 20
    seen: dict[str, str] = {}
    while seen != wanted and time.monotonic() < end:
        time.sleep(0.1)
        seen = {path: shop.request("GET", path).json()["status"] for path in wanted}
    assert seen == wanted
    while (there := shop.request("GET", "/stock/piano").json()) != {"free": 2, "held": 0} and time.monotonic() < end:
        time.sleep(0.1)  # the status is written before the stock is given back
    assert there == {"free": 2, "held": 0}
    assert shop.request("GET", "/stock/tea").json() == {"free": 7, "held": 3}
    found = shop.request("GET", "/orders?status=paid").json()["orders"]
    assert [order["customer"] for order in found] == ["ada"]
