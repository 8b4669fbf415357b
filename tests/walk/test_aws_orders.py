"""samples/orders, packaged, under the real Lambda runtime client, its tables, queues, topic and secret on ministack.

What stands in for the event source mapping: messages are received from SQS, handed to the function as Lambda does, and
deleted but for the items it reports as failed. In CI an app with every trigger runs so in `tests/deploy`.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from servers.ministack import ministack

from portable_aws.testing.process import FunctionProcess

pytest.importorskip("awslambdaric", reason="the Lambda runtime client is not installed: uv pip install awslambdaric")
boto3 = pytest.importorskip("boto3", reason='boto3 is not installed: pip install "portable-functions[aws]"')

TABLES = {
    "orders": ("customer", "id"),
    "stock": ("shelf", "entry"),
    "holds": ("order", None),
    "ledger": ("order", None),
    "figures": ("day", "entry"),
    "letters": ("order", None),
    "seen": ("id", None),
}


class Shop:
    """The packaged functions and the services they use."""

    def __init__(self, bundle: Path, stack: ExitStack, endpoint: dict[str, str]) -> None:
        manifest = json.loads((bundle.parent / "manifest.json").read_text())
        self.entries = {function["name"]: function["entry"] for function in manifest["functions"]}
        self._bundle, self._stack, self._hosts = bundle, stack, dict[str, FunctionProcess]()
        options = {
            "endpoint_url": endpoint["AWS_ENDPOINT_URL"],
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "region_name": "eu-central-1",
        }
        self.sqs, self.sns, self.ssm, self.dynamo = (
            boto3.client(name, **options) for name in ("sqs", "sns", "ssm", "dynamodb")
        )
        self.environment = endpoint | {"AWS_REGION": "eu-central-1"} | self._make()
        stack.callback(lambda: [client.close() for client in (self.sqs, self.sns, self.ssm, self.dynamo)])

    def _make(self) -> dict[str, str]:
        from portable.persistence.shape import describe
        from portable.persistence.table import Index, Key, Table
        from portable_aws.deploy.tables import create_table

        found = {"PORTABLE_SECRET_PAYMENT_KEY": "/orders/payment-key", "PORTABLE_SETTING_PAYMENT_LIMIT": "50000"}
        self.ssm.put_parameter(Name="/orders/payment-key", Value="sk-test", Type="SecureString")
        from datetime import datetime

        for name, (key, sort) in TABLES.items():
            by_status = Index("by_status", "status", Key("placed_at", datetime))
            table = Table(name, key=key, sort=sort, indexes=(by_status,) if name == "orders" else ())
            self.dynamo.create_table(**create_table(f"app-{name}", describe(table)))
            found[f"PORTABLE_TABLE_{name.upper()}"] = f"app-{name}"
        self.urls = {
            name: self.sqs.create_queue(QueueName=name)["QueueUrl"]
            for name in ("payments", "payments-poison", "tally", "inform")
        }
        topic = self.sns.create_topic(Name="order-news")["TopicArn"]
        for name in ("tally", "inform"):
            asked = self.sqs.get_queue_attributes(QueueUrl=self.urls[name], AttributeNames=["QueueArn"])
            self.sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=asked["Attributes"]["QueueArn"],
                Attributes={"RawMessageDelivery": "true"},
            )
        return found | {
            "PORTABLE_QUEUE_PAYMENTS": self.urls["payments"],
            "PORTABLE_DEAD_PAYMENTS": self.urls["payments-poison"],
            "PORTABLE_TOPIC_ORDER_NEWS": topic,
        }

    def function(self, name: str) -> FunctionProcess:
        if name not in self._hosts:
            host = FunctionProcess(self._bundle, self.entries[name], self.environment)
            self._hosts[name] = self._stack.enter_context(host)
        return self._hosts[name]

    def http(self, name: str, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        parts = urlsplit(path)
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "headers": headers,
            "requestContext": {
                "http": {"method": method, "path": parts.path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
                "requestId": "r",
                "stage": "$default",
            },
            "isBase64Encoded": False,
            "body": "" if body is None else json.dumps(body),
        }
        reply = self.function(name).invoke(event)
        assert reply.ok, (reply, self.function(name).log)
        content = reply.payload.get("body") or "null"
        if reply.payload["isBase64Encoded"]:
            content = base64.b64decode(content).decode()
        return reply.payload["statusCode"], json.loads(content or "null")

    def pump(self, queue: str, name: str) -> int:
        """Hand one batch to a function; return how many messages it had."""
        asked = {"QueueUrl": self.urls[queue], "MaxNumberOfMessages": 10, "VisibilityTimeout": 1}
        found = self.sqs.receive_message(**asked, AttributeNames=["All"], MessageAttributeNames=["All"])
        messages = found.get("Messages", [])
        if not messages:
            return 0
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {
                    key: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
                    for key, value in message.get("MessageAttributes", {}).items()
                },
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:" + queue,
                "awsRegion": "eu-central-1",
            }
            for message in messages
        ]
        reply = self.function(name).invoke({"Records": records})
        assert reply.ok, (reply, self.function(name).log)
        failed = {item["itemIdentifier"] for item in reply.payload["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def until(self, done: Any, *pairs: tuple[str, str]) -> None:
        end = time.monotonic() + 20
        while not done():
            assert time.monotonic() < end, [self.function(name).log[-2000:] for _, name in pairs]
            for queue, name in pairs:
                self.pump(queue, name)
            time.sleep(0.05)

    def count(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=names)
        return sum(int(value) for value in found["Attributes"].values())

    def items(self, table: str) -> list[Any]:
        return self.dynamo.scan(TableName=f"app-{table}")["Items"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def orders(package: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    bundle = package("samples/orders", "aws") / "bundle"
    with ExitStack() as stack:
        endpoint = stack.enter_context(ministack(tmp_path_factory.mktemp("ministack")))
        yield Shop(bundle, stack, endpoint)


def test_the_zip_holds_no_sdk_that_lambda_has(package: Any) -> None:
    bundle = package("samples/orders", "aws") / "bundle"
    assert [path.name for path in bundle.iterdir() if "boto" in path.name or "s3transfer" in path.name] == []


@pytest.mark.thorough
def test_orders_are_placed_paid_declined_and_told(orders: Shop) -> None:
    for sku, count, price in (("tea", 10, 250), ("piano", 2, 90_000)):
        assert orders.http("restock", "PUT", f"/stock/{sku}?count={count}&price={price}")[0] == 204
    body = {"customer": "ada", "lines": [{"sku": "tea", "count": 3}]}
    first = orders.http("place", "POST", "/orders", body, "k-1")
    assert (first[0], first[1]["total"]) == (201, 750)
    assert orders.http("place", "POST", "/orders", body, "k-1") == first
    large = {"customer": "bob", "lines": [{"sku": "piano", "count": 2}]}
    status, declined = orders.http("place", "POST", "/orders", large, "k-2")
    assert status == 201

    # the declined payment lands in the dead letter queue of SQS, with what became of it
    orders.until(lambda: orders.count("payments-poison") == 1 and orders.count("payments") == 0, ("payments", "pay"))
    asked = {"QueueUrl": orders.urls["payments-poison"], "VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
    [dead] = orders.sqs.receive_message(**asked)["Messages"]
    told = json.dumps(dead["MessageAttributes"])
    assert "ValueError" in told
    assert json.loads(dead["Body"])["order"] == declined["id"]
    assert [item["amount"]["N"] for item in orders.items("ledger")] == ["750"]

    orders.until(lambda: orders.count("payments-poison") == 0, ("payments-poison", "give-up"))
    orders.until(lambda: orders.count("tally") == orders.count("inform") == 0, ("tally", "tally"), ("inform", "inform"))
    assert orders.http("show", "GET", f"/orders/ada/{first[1]['id']}")[1]["status"] == "paid"
    assert orders.http("show", "GET", f"/orders/bob/{declined['id']}")[1]["status"] == "cancelled"
    assert orders.http("in-stock", "GET", "/stock/piano")[1] == {"free": 2, "held": 0}
    assert orders.http("find", "GET", "/orders?status=paid")[1]["orders"][0]["customer"] == "ada"
    totals = {item["entry"]["S"]: item["count"]["N"] for item in orders.items("figures") if "count" in item}
    assert totals == {"total/placed": "2", "total/paid": "1", "total/cancelled": "1"}
    assert [item["to"]["S"] for item in orders.items("letters")] == ["ada"]
    assert "sk-test" not in "".join(orders.function(name).log for name in ("pay", "place"))
